"""What entries said before, against what they said next: word by word, in colours on a terminal."""

import os
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import click

from feedhub.cli.output import moment, say
from feedhub.model.document import Entry, Event
from feedhub.model.story import Revision, Story
from feedhub.text.characters import lines, one_line
from feedhub.text.differences import Piece, differences
from feedhub.text.markup import paragraphs_of

_MARKS = {"gone": ("[-", "-]"), "come": ("{+", "+}")}
_WHOLE = ("published", "updated", "when", "status")
"""What is one thing: a time of which only the minutes are marked is hard to read."""
_COLOURS = {"gone": {"fg": "red", "strikethrough": True}, "come": {"fg": "green"}}


def show(story: Story, revisions: Sequence[Revision], zone: ZoneInfo) -> None:
    """Print what changed with each revision, the latest first; what stayed is left out, but for the title."""
    for revision, after in _steps(story, revisions):
        say(f"\n   {story.number}.{revision.part} until {moment(revision.until, zone)}")
        before, now = _said(revision.entry, zone), _said(after, zone)
        if before["title"] == now["title"]:
            say(f"      {one_line(now['title'] or 'no title')}")
        for name, was in before.items():
            if was != now[name]:
                _say(name, painted(_whole(was, now[name]) if name in _WHOLE else differences(was, now[name])))


def painted(pieces: Sequence[Piece]) -> str:
    """Return the pieces of two texts as one text, what is gone and what has come marked as the terminal can show it."""
    return "".join(_painted(piece) for piece in pieces)


def event_text(event: Event, zone: ZoneInfo) -> str:
    """Say when and where something happens, and whether it does."""
    facts = [_when(event, zone), event.place, event.status]
    return ", ".join(fact for fact in facts if fact)


def _steps(story: Story, revisions: Sequence[Revision]) -> Iterator[tuple[Revision, Entry]]:
    """Yield each revision with what the same entry said next; they come the latest first."""
    after = {stored.part: stored.entry for stored in story.entries}
    for revision in revisions:
        yield revision, after[revision.part]
        after[revision.part] = revision.entry


def _said(entry: Entry, zone: ZoneInfo) -> dict[str, str]:
    """Return what an entry says as text, by what it is."""
    return {
        "title": entry.title or "",
        "link": entry.link or "",
        "published": moment(entry.published, zone) if entry.published else "",
        "updated": moment(entry.updated, zone) if entry.updated else "",
        "when": _when(entry.event, zone) if entry.event else "",
        "place": (entry.event.place if entry.event else None) or "",
        "status": (entry.event.status if entry.event else entry.status) or "",
        "text": paragraphs_of(entry.text),
    }


def _whole(before: str, after: str) -> list[Piece]:
    return [piece for piece in (Piece("gone", before), Piece("come", after)) if piece.text]


def _when(event: Event, zone: ZoneInfo) -> str:
    if not event.all_day:
        return moment(event.starts, zone) + (f" to {moment(event.ends, zone)}" if event.ends else "")
    # Its days are days wherever one is; its end is the midnight after the last one.
    last = (event.ends - timedelta(days=1)).date() if event.ends else event.starts.date()
    return f"{event.starts.date()}" + (f" to {last}" if last > event.starts.date() else "")


def _say(name: str, text: str) -> None:
    first, *more = text.split("\n")
    say(f"      {name}: {first}")
    for line in more:
        say(f"         {line}")


def _painted(piece: Piece) -> str:
    text = lines(piece.text)
    if piece.kind == "same":
        return text
    said = text.rstrip()
    if _has_colours():
        return click.style(said, **_COLOURS[piece.kind]) + text[len(said) :]  # type: ignore[arg-type]  # by their names
    before, after = _MARKS[piece.kind]
    return f"{before}{said}{after}{text[len(said) :]}"


def _has_colours() -> bool:
    """Tell whether stdout is a terminal that may be painted (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
