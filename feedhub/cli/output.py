"""What commands print: stories as lines, as pages and as JSON; fetched text never drives the terminal."""

import json
import shutil
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from feedhub.model.document import names
from feedhub.model.story import Story
from feedhub.model.written import time_text
from feedhub.text.characters import escape_controls, fit, one_line, shorten

_WIDEST = 200


def say(line: str = "") -> None:
    """Print a line of the answer on stdout."""
    click.echo(line)


def hint(line: str) -> None:
    """Print a line for a person on stderr."""
    click.echo(one_line(line), err=True)


def say_json(value: dict[str, Any]) -> None:
    """Print one JSON object on a line; times are RFC 3339 in UTC."""
    click.echo(escape_controls(json.dumps(value, ensure_ascii=False, default=_plain)))


def columns() -> int:
    """Return how wide lines may be: as the terminal, or wide where there is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDEST


def day(time: datetime | None, zone: ZoneInfo) -> str:
    """Return a time's day as people at the desk see it."""
    return time.astimezone(zone).strftime("%Y-%m-%d") if time else "undated"


def moment(time: datetime | None, zone: ZoneInfo) -> str:
    """Return a time as people at the desk see it."""
    return time.astimezone(zone).strftime("%Y-%m-%d %H:%M") if time else "-"


def table(rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]) -> None:
    """Print rows with columns lined up by their width on a terminal; the last column takes what is left."""
    room = max(20, columns() - sum(width + 2 for width in widths))
    for row in rows:
        cells = [fit(one_line(cell), width) for cell, width in zip(row, widths, strict=False)]
        say("  ".join([*cells, shorten(one_line(row[-1]), room)]).rstrip())


def stories(found: Iterable[Story], zone: ZoneInfo) -> None:
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


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"{type(value).__name__} is not for JSON")
