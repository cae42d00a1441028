"""Stories, and what editors do with them."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feedhub.model.document import Entry
from feedhub.model.feed import BY_HAND


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry in the store, with what we know of it beyond what its feed said."""

    number: int
    part: int
    """Its number within the story: 640.3 is the third entry of story 640."""
    feed: str
    entry: Entry
    first_seen: datetime
    gone_since: datetime | None = None
    """Since when it is absent from its feed's document."""
    placed_by: str = "rule"
    """Who put it into its story: the rules, or an editor."""


@dataclass(frozen=True, slots=True)
class Revision:
    """What an entry said before `until`."""

    part: int
    until: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Note:
    """Commentary on a story in one language, for its next item; a private one has no way into an edition."""

    story: int
    language: str
    text: str
    title: str | None
    editor: str
    at: datetime
    private: bool = False
    hash: str = ""
    """What --replace asks for: names this very text."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another story that may be the same: how likely that is (0 to 100), and by which words or key."""

    story: int
    score: int
    matched: str


@dataclass(frozen=True, slots=True)
class Reference:
    """Another story with a key in common; it `is_about` that key, or speaks of it as well."""

    story: int
    key: str
    is_about: bool


@dataclass(frozen=True, slots=True)
class Placing:
    """Where a story stands in an issue."""

    issue: int
    """The issue's row, not its number in the series."""
    label: str
    block: int
    path: tuple[str, ...]
    position: int
    published: bool


@dataclass(frozen=True, slots=True)
class Story:
    """What editors work on: one or more entries that tell the same news; the first of `entries` is the primary one."""

    number: int
    uid: str
    state: str
    entries: tuple[StoredEntry, ...]
    first_seen: datetime
    reason: str | None = None
    decided_by: str | None = None
    tags: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    placings: tuple[Placing, ...] = ()
    section: str | None = None
    keys: tuple[str, ...] = ()
    news_since: str | None = None
    """What an entry joined it after: the issue that had it (No. 31) or the act that dropped it (act 12)."""
    news_at: datetime | None = None
    """When that brought it back to the desk."""
    recalled: str | None = None
    """Why it is back at the desk, where no entry joined it: followed: merged; correct what No. 31 said."""
    follows: tuple[str, ...] = ()
    """What editors wait for: merged, stage:beta, 2019-12-24."""
    hidden: str | None = None
    """Why it is kept off the desk, and by what."""
    hidden_by: str | None = None
    score: int = 0
    suggested: tuple[Suggestion, ...] = ()
    releases: tuple[str, ...] = ()
    """The versions of a story that several releases of one repository are, the primary entry's first."""

    @property
    def primary(self) -> Entry:
        """The entry that gives the story its title and link."""
        return self.entries[0].entry

    @property
    def title(self) -> str:
        """The primary entry's title, or where it is; with the releases that are told together with it."""
        title = self.primary.title or self.primary.link or self.primary.id or f"story {self.number}"
        return f"{title}, also {', '.join(self.releases[1:])}" if self.releases else title

    @property
    def feed(self) -> str:
        """The feed of the primary entry."""
        return self.entries[0].feed

    @property
    def also(self) -> tuple[str, ...]:
        """The other feeds that told it, each once; what an editor added is of no feed."""
        others = (stored.feed for stored in self.entries if stored.feed not in (self.feed, BY_HAND))
        return tuple(dict.fromkeys(others))


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after; None is no row."""

    table: str
    key: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Act:
    """What an editor did, and every row that it changed."""

    number: int
    at: datetime
    editor: str
    command: str
    stories: tuple[int, ...]
    changes: tuple[Change, ...] = field(default=(), repr=False)
    undoes: int | None = None
    undone_by: int | None = None
