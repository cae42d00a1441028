"""What a feed says now against what it said before: the two sides of the comparison, and what comes of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedhub.model.document import Entry
from feedhub.model.written import from_json


@dataclass(frozen=True, slots=True)
class Said:
    """What a feed says of an entry now, as it is stored, and what it can be known by.

    It is flat, since thousands of them come out of the reader processes, of which few are new.
    """

    id: str | None
    title: str | None
    link: str | None
    authors: str
    """The people, as JSON."""
    published: datetime | None
    updated: datetime | None
    text: str
    """The whole entry, as JSON (model.written)."""
    page: str | None
    title_key: str
    """The title as it is compared, or the first words where there is none."""
    fingerprint: str
    """A hash of what it says: equal fingerprints say the same."""
    key: str | None
    """What it is about, exactly: an entry of another feed with this key is the same story."""
    version: int
    """Of the rules that made all of these; another one means making them again from what is stored."""

    def __reduce__(self) -> tuple[type["Said"], tuple[Any, ...]]:
        """Pickle it as its fields in a row: a tenth of the time that dataclasses take by themselves."""
        return Said, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def entry(self) -> Entry:
        """The entry itself."""
        return from_json(Entry, json.loads(self.text))


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an entry of the same feed."""

    number: int
    id: str | None
    page: str | None
    title_key: str
    published: datetime | None
    fingerprint: str
    gone_since: datetime | None


@dataclass(frozen=True, slots=True)
class New:
    """An entry that the feed says for the first time; `follows` is the vanished entry that it republishes."""

    said: Said
    follows: int | None = None
    backlog: bool = False
    """It was there before we knew the feed, and is no news any more."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A known entry that says something else now."""

    number: int
    said: Said


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a document means for the store; the numbers are entries'."""

    new: tuple[New, ...]
    changed: tuple[Changed, ...]
    gone: tuple[int, ...]
    back: tuple[int, ...]
    gap: bool
    """No entry of the poll before is left: some may have come and gone between the two."""
