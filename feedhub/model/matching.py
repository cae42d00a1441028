"""What a feed says now against what it said before: the two sides of the comparison, and what comes of it."""

from dataclasses import dataclass
from datetime import datetime

from feedhub.model.document import Entry


@dataclass(frozen=True, slots=True)
class Said:
    """What a feed says of an entry now, and what it can be known by."""

    entry: Entry
    page: str | None
    title: str
    """The title as it is compared, or the first words where there is none."""
    fingerprint: str
    """A hash of what it says: equal fingerprints say the same."""
    key: str | None
    """What it is about, exactly: an entry of another feed with this key is the same story."""
    version: int
    """Of the rules that made all of these; another one means making them again from what is stored."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the store knows of an entry of the same feed."""

    number: int
    id: str | None
    page: str | None
    title: str
    published: datetime | None
    fingerprint: str
    gone_since: datetime | None


@dataclass(frozen=True, slots=True)
class New:
    """An entry that the feed says for the first time; `follows` is the vanished entry that it republishes."""

    said: Said
    follows: int | None = None


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
