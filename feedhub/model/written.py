"""Records as JSON and back; times are RFC 3339 in UTC."""

import dataclasses
import types
import typing
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

Record = TypeVar("Record")


def time_text(time: datetime) -> str:
    """Write a time as RFC 3339 in UTC, to the second.

    >>> time_text(datetime(2019, 12, 9, 8, tzinfo=UTC))
    '2019-12-09T08:00:00Z'
    """
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def text_time(text: str) -> datetime:
    """Read what time_text wrote."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_json(record: Any) -> dict[str, Any]:
    """Return a record as what JSON can hold, without what is as its field is by default; from_json of it is equal."""
    said = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    usual = {field.name: field.default for field in dataclasses.fields(record)}
    return {name: _plain(value) for name, value in said.items() if value != usual[name]}


def from_json(kind: type[Record], found: dict[str, Any]) -> Record:
    """Return the record that to_json was given; keys that this version does not know are left out."""
    return kind(**{name: read(found[name]) for name, read in _readers(kind).items() if name in found})


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return to_json(value)
    if isinstance(value, datetime):
        return time_text(value)
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _readers(kind: type) -> dict[str, Callable[[Any], Any]]:
    if kind not in _KNOWN:
        _KNOWN[kind] = {name: _reader(hint) for name, hint in typing.get_type_hints(kind).items()}
    return _KNOWN[kind]


_KNOWN: dict[type, dict[str, Callable[[Any], Any]]] = {}
"""How to read the fields of each kind of record, found out once."""


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
