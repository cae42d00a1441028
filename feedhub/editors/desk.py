"""Who works on what: the desk itself, and how stories are called there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Hub
from feedhub.store import acts, stories
from feedhub.store.connection import Database
from feedhub.text import references
from feedhub.text.addresses import is_web
from feedhub.text.links import canonical

_LONGEST_RANGE = 10_000


@dataclass(frozen=True, slots=True)
class Desk:
    """An editor at work: what every function of this room needs."""

    db: Database
    hub: Hub
    editor: str
    now: datetime


def numbers(desk: Desk, names: Iterable[str]) -> tuple[int, ...]:
    """Return the stories that names mean, each once: numbers, ranges, links, keys, or `.` for the last touched.

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


def entry(desk: Desk, name: str) -> tuple[int, int]:
    """Return the story and the part that the name of an entry means: 640.3.

    Entries of a story that was merged have other names since: UsageError says where they are.
    """
    found = re.fullmatch(r"(\d{1,15})\.(\d{1,9})", name)
    if not found:
        raise UsageError(f"{name!r} is no entry; name one by its story and its number there, such as 640.3")
    story, part = int(found[1]), int(found[2])
    (today,) = _today(desk, found[1], [story])
    if today != story:
        raise UsageError(f"{story} is part of {today} now; see the names of its entries: feedhub show {today}")
    return story, part


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
    return _by_key(desk, name)


def _today(desk: Desk, name: str, wanted: Sequence[int]) -> Sequence[int]:
    """Return the numbers that stories have today: merged ones are known by another one now."""
    now = stories.current(desk.db, wanted)
    if not now:
        raise UnknownNameError("story", name, hint="see: feedhub list")
    return [now[number] for number in wanted if number in now]


def _by_key(desk: Desk, name: str) -> Sequence[int]:
    """Return the story that a link or a key names: a pull request, an issue, a proposal, a vulnerability, a release."""
    keys = _keys(desk, name)
    found = stories.with_key(desk.db, *keys)
    if len(found) > 1:
        raise UsageError(f"{name} is what stories {', '.join(map(str, found))} are about; name one by its number")
    if not found:
        raise UnknownNameError("story", name, hint="no feed has told it; see: feedhub search")
    return found


def _keys(desk: Desk, name: str) -> Sequence[str]:
    if is_web(name):
        place = canonical(name)
        return (place, *references.of_page(place))
    key = references.typed(name)
    if key is None:
        hint = "name it by its number or its link, or by a key such as kubernetes#88567; see: feedhub list"
        raise UnknownNameError("story", name, hint=hint)
    if "/" in key.partition("@")[0] or not ("#" in key or "@" in key):
        return (key,)
    full = stories.keys_called(desk.db, key)
    if len(full) > 1:
        raise UsageError(f"{name} can be {' or '.join(full)}; name one of them")
    return full
