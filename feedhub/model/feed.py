"""Feeds, and what came of visiting them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # A quiet poll needs neither.
    from feedhub.model.document import Document, Head
    from feedhub.model.matching import Said


BY_HAND = "by hand"
"""The feed of what editors added themselves; it is nobody's, and no name in feeds.yaml can be that."""


@dataclass(frozen=True, slots=True)
class Releases:
    """Which releases that a feed tells of count, and which of a week become one story."""

    prerelease: bool = False
    bump: str = "patch"
    """The least step that counts: major, minor or patch."""
    collapse: str = "none"
    """none, or patch: the patches of a week are one story, led by its greatest release."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Something we poll, as feeds.yaml names it."""

    name: str
    url: str
    kind: str = "feed"
    section: str | None = None
    tags: tuple[str, ...] = ()
    backlog: int | None = 7
    """How many days back its first document is news; older entries are backlog. 0: none is news; None: all are."""
    releases: Releases | None = None
    """What of its releases counts, where it tells of releases."""
    query: str | None = None
    """What GitHub is searched for; `url` is the address of that search."""
    token: str | None = None
    """The $NAME of what it is asked with."""


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "is it still the same?" with, exactly as it gave it (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What asks with them."""
        pairs = (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified))
        return tuple((name, value) for name, value in pairs if value)


@dataclass(frozen=True, slots=True)
class FeedState:
    """What we remember of a feed between polls; all times are UTC."""

    number: int
    feed: Feed
    position: int = 0
    """Its place in feeds.yaml: of feeds that tell the same at the same time, the first leads."""
    title: str | None = None
    home: str | None = None
    validators: Validators = field(default_factory=Validators)
    body_hash: str | None = None
    checked: datetime | None = None
    poll_after: datetime | None = None
    hold_until: datetime | None = None
    """The server said Retry-After: not even --force goes there before."""
    failures: int = 0
    failing_since: datetime | None = None
    error: str | None = None
    gone_since: datetime | None = None
    proposed_url: str | None = None
    moved_polls: int = 0
    """How many polls in a row were led to `proposed_url` by permanent redirects."""
    moved_since: datetime | None = None
    used_url: str | None = None
    """What is visited instead of the listed address, after three such polls."""
    gap_since: datetime | None = None
    """Since when a window without overlap says that entries may have been lost."""
    ttl: int | None = None
    """For how many seconds its last document said it stays fresh."""
    known_since: datetime | None = None
    """When its first document was read; before that, what it says is its backlog."""
    news_at: datetime | None = None
    news_gap: int | None = None
    """Seconds between two polls that bring news, as a rule."""
    paused_until: datetime | None = None
    held_since: datetime | None = None
    """Since when most of what it had said was replaced at once: what is new waits for an editor's word."""
    acked: datetime | None = None
    """When an editor took note of its trouble: what began before is not reported again."""

    @property
    def address(self) -> str:
        """What is visited: where it has moved to, once that is certain, or else what feeds.yaml says."""
        return self.used_url or self.feed.url

    @property
    def state(self) -> str:
        """The state in a word: new, ok, failing, held, gone, moved or paused."""
        if self.paused_until:
            return "paused"
        if self.gone_since:
            return "gone"
        if self.checked is None:
            return "new"
        if self.held_since:
            return "held"
        if self.failures:
            return "held" if self.hold_until and self.poll_after == self.hold_until else "failing"
        return "moved" if self.proposed_url else "ok"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a feed, a line for a person; `kind` is failing, moved, gone, stale, held or gap."""

    feed: str
    kind: str
    since: datetime
    says: str


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask a server for."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    after: float = 0.0
    """Seconds to wait from the start, so that not all feeds are visited in the same second."""


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered, whole and decoded; header names are lower case.

    `url` is where the body came from in the end; `moved_to` is where permanent redirects alone led to (301, 308).
    """

    status: int
    url: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class NoResponse:
    """Why a server gave no answer that can be used: refused, cut off, too late, too large."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """The feed said something, which may or may not be new; `format` is feedparser's name of it: rss20, atom10."""

    head: "Head"
    said: "tuple[Said, ...]"
    format: str
    next: Request | None = None
    """What brings more of it; None when this is all."""
    is_bridged: bool = False
    """Nothing that came and went since the visit before is missing: it was asked for elsewhere."""

    @property
    def document(self) -> "Document":
        """The document as it was read."""
        from feedhub.model.document import Document

        return Document(self.head, tuple(told.entry for told in self.said), self.format)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Nothing new: the server said so (`by` is status), or the body is the same (bytes)."""

    by: str = "status"


@dataclass(frozen=True, slots=True)
class Gone:
    """410: the feed will not come back (RFC 9110 section 15.5.11)."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It did not work this time; `reason` is one line for a person."""

    reason: str


Outcome = Fetched | Unchanged | Gone | Failed


@dataclass(frozen=True, slots=True)
class Poll:
    """One visit to a feed and what came of it; `feed` is as it was before."""

    feed: FeedState
    at: datetime
    outcome: Outcome
    status: int = 0
    """0: there was no answer."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body_hash: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a poll brought into the store."""

    new: int = 0
    backlog: int = 0
    changed: int = 0
    gone: int = 0
    hidden: int = 0
    """Of the new ones: kept off the desk by a rule, by `releases:`, or because their feed is held."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a document meant: how much it brought, and what is odd about it as a whole."""

    counts: Counts = Counts()
    gap: bool = False
    """Nothing was left of what the feed said at the visit before."""
    held: bool = False
    """Most of it was replaced at once by what is no newer."""
