"""Records as JSON and back; times are RFC 3339 in UTC."""

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, cast

Record = TypeVar("Record")


def time_text(time: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second.

    >>> time_text(datetime(2019, 12, 9, 8, tzinfo=UTC))
    '2019-12-09T08:00:00Z'
    """
    utc = time if time.tzinfo is UTC else time.astimezone(UTC)
    return f"{utc.isoformat(timespec='seconds')[:19]}Z"


def text_time(text: str) -> datetime:
    """Read what time_text wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_json(record: Any) -> dict[str, Any]:
    """Return a record as what JSON can hold, without what is as its field is by default; from_json of it is equal."""
    said = {}
    for name, usual in _usual(cast(Any, type(record))):
        value = getattr(record, name)
        if value is not usual and value != usual:
            said[name] = value if type(value) in _READY else _plain(value)
    return said


@cache
def _usual(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return the fields of a kind of record and what they are by default, found out once."""
    return tuple((field.name, field.default) for field in dataclasses.fields(kind))


_READY = (str, int, bool, float)


def from_json(kind: type[Record], found: dict[str, Any]) -> Record:
    """Return the record that to_json was given; keys that this version does not know are left out."""
    return kind(**{name: read(found[name]) for name, read in _readers(cast(Any, kind)).items() if name in found})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [each if type(each) in _READY else _plain(each) for each in value]
    if isinstance(value, datetime):
        return time_text(value)
    return to_json(value) if dataclasses.is_dataclass(value) else value


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """Return how to read the fields of a kind of record, found out once."""
    return {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}


def _reader(hint: Any) -> Callable[[Any], Any]:
    """Return what turns JSON into a value of a type: of a record, a tuple of one kind, a time, or as it is."""
    if isinstance(hint, types.UnionType):
        read = _reader(next(kind for kind in hint.__args__ if kind is not types.NoneType))
        return lambda found: None if found is None else read(found)
    if typing.get_origin(hint) is tuple:
        each = _reader(hint.__args__[0])
        return lambda found: tuple(each(value) for value in found)
    if hint is datetime:
        return text_time
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda found: from_json(hint, found)
    return lambda found: found
