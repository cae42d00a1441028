"""Issues as trees of blocks, and the editions that are frozen from them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feedhub.model.document import Person


@dataclass(frozen=True, slots=True)
class Issue:
    """One number of the weekly; `slug` (the folder) and `uid` are given when it is published and never change."""

    id: int
    number: int
    state: str
    since: datetime
    slug: str | None = None
    uid: str | None = None
    published: datetime | None = None

    @property
    def label(self) -> str:
        """How editors call it."""
        return f"No. {self.number}"


@dataclass(frozen=True, slots=True)
class Block:
    """A node of an issue's tree: kind is section, group or item; siblings stand in the order of `position`."""

    id: int
    issue: int
    parent: int | None
    position: float
    kind: str
    story: int | None = None
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credit:
    """Who did what for an issue; `role` is author, editor or reviewer."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Somebody else who told the same news."""

    feed: str
    title: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """A piece of an edition, with everything that any renderer needs; `title` is the editors', or upstream's."""

    uid: str
    title: str
    original_title: str | None
    link: str | None
    commentary: str
    feed: str
    feed_title: str | None = None
    authors: tuple[Person, ...] = ()
    published: datetime | None = None
    also: tuple[Coverage, ...] = ()
    tags: tuple[str, ...] = ()
    follow_up: str | None = None
    """Why it is covered again."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section of an edition, or a group in one: its own items first, then its parts."""

    id: str
    title: str
    items: tuple[Item, ...] = ()
    parts: tuple["Part", ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """One published issue in one language, frozen."""

    uid: str
    version: int
    number: int
    slug: str
    language: str
    title: str
    headline: str
    masthead: str
    subtitle: str | None
    tagline: str | None
    footer: str | None
    since: datetime
    published: datetime
    updated: datetime
    date: str
    """The day it was published, in the newsletter's zone: 2019-12-12."""
    credits: tuple[Credit, ...]
    parts: tuple[Part, ...]


def items_of(parts: tuple[Part, ...]) -> tuple[Item, ...]:
    """Return the items of an edition in reading order."""
    found: list[Item] = []
    for part in parts:
        found.extend((*part.items, *items_of(part.parts)))
    return tuple(found)
