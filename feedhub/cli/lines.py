"""Stories as commands show them: a line each, or JSON as the command line's contract has it."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from feedhub.cli.output import day, table
from feedhub.model.document import names
from feedhub.model.story import Story


def show(found: Iterable[Story], zone: ZoneInfo) -> None:
    """Print stories as a table: number, state, day first seen, feed, title with tags and who told it as well."""
    table((_row(story, zone) for story in found), (5, 11, 10, 18))


def story_json(story: Story) -> dict[str, Any]:
    """Return a story as the command line's contract has it."""
    entry = story.primary
    return {
        "number": story.number,
        "state": story.state,
        "news_since": None,
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
        "issues": [placing.label for placing in story.placings],
        "claimed": None,
        "decided_by": story.decided_by,
        "reason": story.reason,
        "score": 0,
        "suggested": [],
        "uid": story.uid,
    }


def _row(story: Story, zone: ZoneInfo) -> tuple[str, ...]:
    extras = [f"+{len(story.also)}"] if story.also else []
    extras += ["✎"] if any(note.text and not note.private for note in story.notes) else []
    extras += [f"#{tag}" for tag in story.tags]
    title = " ".join([story.title, *extras])
    return (str(story.number), story.state, day(story.first_seen, zone), story.feed, title)
