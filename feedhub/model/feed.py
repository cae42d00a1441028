"""Feeds, and what came of visiting them."""

from dataclasses import dataclass, field
from datetime import datetime

from feedhub.model.document import Document


@dataclass(frozen=True, slots=True)
class Feed:
    """Something we poll, as feeds.yaml names it."""

    name: str
    url: str
    kind: str = "feed"
    section: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave us to ask "is it still the same?" with, exactly as it gave it (RFC 9110 section 8.8)."""

    etag: str | None = None
    last_modified: str | None = None


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
    gap_since: datetime | None = None
    """Since when a window without overlap says that entries may have been lost."""

    @property
    def state(self) -> str:
        """The state in a word: new, gone, held, failing or ok."""
        if self.gone_since:
            return "gone"
        if self.checked is None:
            return "new"
        if self.failures:
            return "held" if self.hold_until and self.poll_after == self.hold_until else "failing"
        return "ok"


@dataclass(frozen=True, slots=True)
class Request:
    """What to ask a server for."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()


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
    """The feed said something, which may or may not be new."""

    document: Document


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
    """One visit to a feed and what came of it: everything that is remembered of it."""

    feed: FeedState
    at: datetime
    outcome: Outcome
    poll_after: datetime
    hold_until: datetime | None = None
    validators: Validators | None = None
    """None: keep the ones we have (a failed fetch stores none)."""
    body_hash: str | None = None
    moved_to: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a poll brought into the store."""

    new: int = 0
    backlog: int = 0
    changed: int = 0
    gone: int = 0
