"""What a feed says now against what it said before: the two sides of the comparison, and what comes of it."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedhub.model.document import Entry, Event
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
    keys: tuple[str, ...]
    """What it is about, exactly: an entry of another feed with one of these is the same story."""
    mentions: tuple[str, ...]
    """Keys that it speaks of: cross-references."""
    version: int
    """Of the rules that made all of these; another one means making them again from what is stored."""

    def __reduce__(self) -> tuple[type["Said"], tuple[Any, ...]]:
        """Pickle it as its fields in a row: a tenth of the time that dataclasses take by themselves."""
        return Said, tuple(getattr(self, name) for name in self.__slots__)

    @property
    def entry(self) -> Entry:
        """The entry itself."""
        return from_json(Entry, json.loads(self.text))

    @property
    def event(self) -> Event | None:
        """The event that it is; None of most, which are not read for that."""
        return self.entry.event if '"event"' in self.text else None


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
    version: int = 0
    """Of the rules that made its fingerprint and keys."""
    updated: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that an entry may belong to, as far as it matters for that; `key` is what they share."""

    key: str
    story: int
    link: str | None
    """Of its primary entry, as are `feed`, `home` and `position`."""
    feed: str
    """The address of the feed."""
    home: str | None
    position: int
    is_new: bool
    """The story began in this very poll."""
    own: bool
    """This very feed told it under that key."""
    touched: bool
    """An editor did something with it."""
    placed: bool
    """An issue has it."""


@dataclass(frozen=True, slots=True)
class Joining:
    """Into which story a new entry goes, by which key, and what that means for the stories concerned."""

    story: int
    key: str
    leads: bool = False
    """The entry is the primary one from now on."""
    led_by: int | None = None
    """The absorbed story whose primary entry leads from now on, if another one does."""
    absorbs: tuple[int, ...] = ()
    """Stories that turn out to be the same: nobody touched them, so that they can become part of it."""
    doubts: tuple[int, ...] = ()
    """Stories that turn out to be the same, and which an editor should say so of."""
    by: str = "keys"
    """What says so: keys, or releases."""


@dataclass(frozen=True, slots=True)
class New:
    """An entry that the feed says for the first time; `follows` is the vanished entry that it republishes."""

    said: Said
    follows: int | None = None
    backlog: bool = False
    """It was there before we knew the feed, and is no news any more."""
    joins: Joining | None = None
    held: bool = False
    """Its feed replaced most of what it said at once: it is kept off the desk until an editor says what it is."""


@dataclass(frozen=True, slots=True)
class Told:
    """An entry that is in the store now, new or with a new text: what is said by whom, and in which story it is."""

    entry: int
    story: int
    said: Said
    began: bool = False
    """The story is new with it."""
    backlog: bool = False
    held: bool = False
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was decided about a story without an editor, as `why` tells it.

    `by` is the rule (keys, likeness, backlog, hold, releases, lead, `rule NAME`, `feed NAME`), `what` what it did
    (joined, merged 12, leads, tag T, score 50, section PATH, hidden), `matched` the key, words or span that it saw.
    """

    story: int
    entry: int | None
    by: str
    what: str
    matched: str | None = None


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
    renewed: tuple[Changed, ...] = ()
    """Known entries whose text moved without saying anything else, or whose keys are made by newer rules."""
