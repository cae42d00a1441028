"""Records as JSON and back: what is written is read as it was, by this version and by later ones."""

import json
import types
import typing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

import pytest
from conftest import TUESDAY
from hypothesis import given, settings
from hypothesis import strategies as st

from feedhub.model.document import Document, Enclosure, Entry, Head, Person, Source
from feedhub.model.issue import Edition, Part
from feedhub.model.story import Change
from feedhub.model.written import from_json, text_time, time_text, to_json

SECONDS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=0)
)
"""Times are kept to the second."""

PLAIN = {str: st.text(max_size=8), int: st.integers(-(2**53), 2**53), datetime: SECONDS}


def any_of(hint) -> st.SearchStrategy:
    """Return values of a type, the records' default values among them only by chance."""
    if isinstance(hint, types.UnionType):
        return st.none() | any_of(hint.__args__[0])
    if typing.get_origin(hint) is tuple:
        return st.lists(any_of(hint.__args__[0]), max_size=2).map(tuple)
    return PLAIN[hint] if hint in PLAIN else full(hint)


def full(kind: type, **given: st.SearchStrategy) -> st.SearchStrategy:
    """Return records of a kind whose every field has some value of its type."""
    hints = {name: hint for name, hint in typing.get_type_hints(kind).items() if name not in given}
    return st.builds(kind, **{name: any_of(hint) for name, hint in hints.items()}, **given)


ENTRIES = full(Entry)
PARTS = st.recursive(
    full(Part, parts=st.just(())), lambda parts: full(Part, parts=st.lists(parts, max_size=2).map(tuple)), max_leaves=3
)
EDITIONS = full(Edition, parts=st.lists(PARTS, max_size=2).map(tuple))


@given(ENTRIES)
def test_an_entry_is_read_as_it_was_written(entry):
    """Through the text of its JSON, as the store keeps it."""
    assert from_json(Entry, json.loads(json.dumps(to_json(entry)))) == entry


@given(full(Document))
def test_a_document_is_read_as_it_was_written(document):
    assert from_json(Document, json.loads(json.dumps(to_json(document)))) == document


@settings(max_examples=60)
@given(EDITIONS)
def test_an_edition_is_read_as_it_was_written(edition):
    """With all its sections and groups: the published past can be rebuilt from edition.json."""
    assert from_json(Edition, json.loads(json.dumps(to_json(edition)))) == edition


@given(ENTRIES)
def test_what_is_as_usual_is_not_written(entry):
    """No null and no empty list, at any depth: the store holds a million of them."""
    values = [to_json(entry)]
    for value in values:
        assert value not in (None, [])
        values.extend(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())


def test_a_field_without_a_default_is_always_written():
    """None where the record must say something is null, not nothing; or it could not be read back."""
    change = Change("stories", 1, None, {"state": "new"})

    assert to_json(change) == {"table": "stories", "key": 1, "before": None, "after": {"state": "new"}}
    assert from_json(Change, to_json(change)) == change


def test_what_is_usual_may_change():
    """A value that only looks like the default of its field is written all the same."""
    assert to_json(Entry(title="", summary=None)) == {"title": ""}
    assert from_json(Entry, {"title": ""}) == Entry(title="")


def test_keys_of_a_later_version_are_left_out():
    """At any depth; a database that a later version wrote is refused elsewhere, but its exports can be read."""
    later = {
        "title": "x",
        "mood": "good",
        "authors": [{"name": "Ann", "pronoun": "she"}],
        "source": {"id": "s", "x": 1},
    }

    assert from_json(Entry, later) == Entry(title="x", authors=(Person("Ann"),), source=Source("s"))


def test_what_an_earlier_version_did_not_write_is_as_usual():
    assert from_json(Head, {}) == Head()
    assert from_json(Enclosure, {"url": "https://a.example/x"}) == Enclosure("https://a.example/x")


TIMES = {
    "UTC": (TUESDAY, "2019-12-10T10:00:00Z"),
    "another zone": (TUESDAY.astimezone(timezone(timedelta(hours=8))), "2019-12-10T10:00:00Z"),
    "fractions go": (TUESDAY.replace(microsecond=999_999), "2019-12-10T10:00:00Z"),
    "a year of three digits": (datetime(999, 1, 1, tzinfo=UTC), "0999-01-01T00:00:00Z"),
}


@pytest.mark.parametrize(("time", "text"), TIMES.values(), ids=TIMES)
def test_times_are_written_in_one_way(time, text):
    assert time_text(time) == text
    assert text_time(text).utcoffset() == timedelta()


@given(SECONDS, SECONDS)
def test_times_are_read_as_they_were_and_sort_as_text(one, other):
    """SQLite compares them as text."""
    assert text_time(time_text(one)) == one
    assert (time_text(one) < time_text(other)) == (one < other)


@dataclass(frozen=True)
class Folder:
    """A record of every kind of field that there is."""

    name: str
    at: datetime | None = None
    within: "Folder | None" = None
    size: int = 0


def test_kinds_that_hold_themselves():
    """As parts of an edition do."""
    folder = Folder("a", TUESDAY, Folder("b", size=3))

    assert to_json(folder) == {"name": "a", "at": "2019-12-10T10:00:00Z", "within": {"name": "b", "size": 3}}
    assert from_json(Folder, to_json(folder)) == folder
