"""What commands print: lines, tables and JSON; fetched text never drives the terminal."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from feedhub.model.written import time_text
from feedhub.text.characters import escape_controls, fit, one_line, shorten

_WIDEST = 200
NARROW = 100
"""Below so many columns a table leaves out what it can: years, the ends of names."""


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
    if not sys.stdout.isatty():
        return _WIDEST
    import shutil  # 10 ms, with all its archivers

    return shutil.get_terminal_size().columns


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


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"{type(value).__name__} is not for JSON")
