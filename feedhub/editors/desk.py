"""Who works on what: the desk itself, and how stories are called there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Hub
from feedhub.store import acts, stories
from feedhub.store.connection import Database
from feedhub.text.addresses import canonical, is_web

_LONGEST_RANGE = 10_000


@dataclass(frozen=True, slots=True)
class Desk:
    """An editor at work: what every function of this room needs."""

    db: Database
    hub: Hub
    editor: str
    now: datetime


def numbers(desk: Desk, names: Iterable[str]) -> tuple[int, ...]:
    """Return the stories that names mean, each once: numbers, ranges, links, or `.` for the one touched last.

    Raise UnknownNameError for a name that means none, UsageError for one that means several.
    """
    found = [number for name in names for number in _numbers(desk, name)]
    return tuple(dict.fromkeys(found))


def number(desk: Desk, name: str) -> int:
    """Return the one story that a name means."""
    found = numbers(desk, [name])
    if len(found) != 1:
        raise UsageError(f"{name!r} means {len(found)} stories; name one")
    return found[0]


def _numbers(desk: Desk, name: str) -> Sequence[int]:
    if name == ".":
        last = acts.last_story(desk.db, desk.editor)
        if last is None:
            raise UsageError("you have not touched a story yet, so `.` means none; name one by its number")
        return _today(desk, name, [last])
    if re.fullmatch(r"\d{1,15}", name):
        return _today(desk, name, [int(name)])
    span = re.fullmatch(r"(\d{1,15})-(\d{1,15})", name)
    if span:
        first, last = int(span[1]), int(span[2])
        return _today(desk, name, range(first, min(last, first + _LONGEST_RANGE) + 1))
    return _by_link(desk, name)


def _today(desk: Desk, name: str, wanted: Sequence[int]) -> Sequence[int]:
    """Return the numbers that stories have today: merged ones are known by another one now."""
    now = stories.current(desk.db, wanted)
    if not now:
        raise UnknownNameError("story", name, hint="see: feedhub list")
    return [now[number] for number in wanted if number in now]


def _by_link(desk: Desk, name: str) -> Sequence[int]:
    if not is_web(name):
        raise UnknownNameError("story", name, hint="name it by its number or its link; see: feedhub list")
    found = stories.with_key(desk.db, canonical(name))
    if len(found) > 1:
        raise UsageError(f"{name} is the link of stories {', '.join(map(str, found))}; name one by its number")
    if not found:
        raise UnknownNameError("story", name, hint="no feed has told it; see: feedhub search")
    return found
