"""What an upstream document says, in the words of RFC 4287 whatever its format was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """An author or contributor (RFC 4287 section 3.2)."""

    name: str
    uri: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A category (RFC 4287 section 4.2.2)."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry; `length` in bytes."""

    url: str
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """The feed that an aggregator took an entry from (RFC 4287 section 4.2.11)."""

    id: str | None = None
    title: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What happens, where and when; `ends` is the moment after it. Of an all-day event both are midnights in UTC."""

    starts: datetime
    ends: datetime | None = None
    all_day: bool = False
    place: str | None = None
    status: str | None = None
    """confirmed, tentative or cancelled (RFC 5545 section 3.8.1.11)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed said once.

    `title` is text; `summary` and `content` are HTML as it was sent, to be cleaned on the way out, and `base` is the
    address that relative links in them start from. Times are UTC; what the feed did not say, or said wrongly, is None.
    `status` is what became of a pull request or an issue: open, merged or closed; of a release: released or prerelease.
    """

    id: str | None = None
    title: str | None = None
    link: str | None = None
    authors: tuple[Person, ...] = ()
    contributors: tuple[Person, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    summary: str | None = None
    content: str | None = None
    base: str | None = None
    categories: tuple[Category, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    language: str | None = None
    source: Source | None = None
    event: Event | None = None
    status: str | None = None

    @property
    def text(self) -> str:
        """The longer of content and summary, as HTML."""
        return max(self.content or "", self.summary or "", key=len)


@dataclass(frozen=True, slots=True)
class Head:
    """What a document says of its feed.

    `ttl` is for how many seconds it says that it stays fresh: by RSS's ttl, else by how often it is updated (the
    syndication module). One that is `expired` will have nothing new (JSON Feed).
    """

    id: str | None = None
    title: str | None = None
    link: str | None = None
    updated: datetime | None = None
    hub: str | None = None
    ttl: int | None = None
    language: str | None = None
    expired: bool = False
    partial: bool = False
    """Its entries are a choice: what is not among them is not gone (the answer to a search)."""
    incomplete: bool = False
    """It says itself that something is missing from it."""


@dataclass(frozen=True, slots=True)
class Document:
    """One answer, read."""

    head: Head
    entries: tuple[Entry, ...]
    format: str
    """rss20, rss10, atom10, json11 and so on: feedparser's names."""
    flaw: str | None = None
    """Why this cannot be all that the feed says."""


def names(people: Iterable[Person]) -> tuple[str, ...]:
    """Return what people are called, without those who have no name.

    >>> names([Person("Ann"), Person("")])
    ('Ann',)
    """
    return tuple(person.name for person in people if person.name)
