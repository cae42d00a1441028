"""Stories as commands show them: a line each, or JSON as the command line's contract has it."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from feedhub.cli.output import NARROW, columns, day, table
from feedhub.model.document import names
from feedhub.model.story import Story


def show(found: Iterable[Story], zone: ZoneInfo) -> None:
    """Print stories as a table: number, state, day first seen, feed, title with tags and who told it as well.

    On a narrow terminal the title gets what the others can spare: the year goes, and long names of feeds are cut.
    """
    is_narrow = columns() < NARROW
    rows = (_row(story, zone) for story in found)
    if is_narrow:
        rows = ((number, state, seen[-5:], feed, title) for number, state, seen, feed, title in rows)
    table(rows, (5, 9, 5, 12) if is_narrow else (5, 11, 10, 18))


def story_json(story: Story) -> dict[str, Any]:
    """Return a story as the command line's contract has it."""
    entry = story.primary
    return {
        "number": story.number,
        "state": story.state,
        "news_since": story.news_since,
        "recalled": story.recalled,
        "follows": list(story.follows),
        "title": story.title,
        "link": entry.link,
        "feed": story.feed,
        "also": list(story.also),
        "first_seen": story.first_seen,
        "published": entry.published,
        "updated": entry.updated,
        "authors": list(names(entry.authors)),
        "tags": list(story.tags),
        "section": story.section,
        "keys": list(story.keys),
        "notes": {note.language: note.text for note in story.notes if note.text and not note.private},
        "titles": {note.language: note.title for note in story.notes if note.title and not note.private},
        "issues": list(dict.fromkeys(placing.label for placing in story.placings)),
        "claimed": None,
        "decided_by": story.decided_by,
        "reason": story.reason,
        "hidden": story.hidden if story.state == "hidden" else None,
        "hidden_by": story.hidden_by if story.state == "hidden" else None,
        "score": story.score,
        "suggested": [{"number": one.story, "score": one.score, "matched": one.matched} for one in story.suggested],
        "uid": story.uid,
    }


def news(story: Story) -> str | None:
    """Say what a story that is back on the desk has news since: the issue that had it, or why it was dropped.

    One that was called back says why.
    """
    if story.news_since is None or story.recalled is not None:
        return story.recalled
    if _published(story):
        return f"news since {story.news_since}"
    return f"news since dropped: {story.reason}" if story.reason else "news since dropped"


def _published(story: Story) -> list[str]:
    return [placing.label for placing in story.placings if placing.published]


def _past(story: Story) -> str | None:
    """Say what an editor should know before anything else: that there is news since, or which issue had it already."""
    return news(story) or next((f"already in {label}" for label in reversed(_published(story))), None)


def _row(story: Story, zone: ZoneInfo) -> tuple[str, str, str, str, str]:
    past = _past(story)
    extras = [f"+{len(story.also)}"] if story.also else []
    extras += ["✎"] if any(note.text and not note.private for note in story.notes) else []
    extras += [f"#{tag}" for tag in story.tags]
    extras += [f"[until {until}]" for until in story.follows]
    marks = [f"≈{one.story}" for one in story.suggested]
    title = " ".join([*marks, *([f"({past})"] if past else []), story.title, *extras])
    return str(story.number), story.state, day(story.news_at or story.first_seen, zone), story.feed, title
