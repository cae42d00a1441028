"""Polling feeds: which are due, what came of each visit, one short transaction for a batch of them."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from feedhub.errors import ConfigurationError, UnknownNameError, UsageError
from feedhub.model.feed import (
    Failed,
    FeedState,
    Fetched,
    Gone,
    NoResponse,
    Outcome,
    Poll,
    Request,
    Response,
    Unchanged,
)
from feedhub.model.hub import Hub
from feedhub.pollers.readers import Readers
from feedhub.pollers.recording import Done, store
from feedhub.reading import feeds as reading
from feedhub.rules import freshness
from feedhub.rules.version import VERSION
from feedhub.store import feeds
from feedhub.store.connection import Database, lock_path, locked
from feedhub.text.addresses import host_of

Visit = Callable[[Iterable[Request], Callable[[int], bool]], Iterator[tuple[int, Response | NoResponse] | None]]
"""The way out: yields each request's place and answer as it comes, or None when nothing came for a while.

It asks whether a request may start, by its place, right before it does; one that may not has no answer.
"""

_MANY_ON_ONE_HOST = 8
_BATCH_POLLS = 100
_BATCH_ENTRIES = 1_000
_BATCH_SECONDS = 1.0
_VERSION = f"{VERSION}."
"""Stands before every body hash: with other rules the same body may say something else, and is read again."""


@contextmanager
def polling(path: Path) -> Iterator[None]:
    """Hold the poll lock of a database; raise LockedError when another poll is running."""
    with locked(lock_path(path, "poll"), "poll"):
        yield


def check_contact(hub: Hub) -> None:
    """Raise ConfigurationError when publishers could not reach whoever polls them."""
    if not hub.newsletter.contact:
        raise ConfigurationError(
            "feeds.yaml", "newsletter.contact is missing: publishers must be able to reach whoever polls them"
        )


def known(db: Database, hub: Hub, now: datetime) -> tuple[FeedState, ...]:
    """Match the database to feeds.yaml and return what is known of its feeds, in its order."""
    check_contact(hub)
    feeds.reconcile(db, hub.feeds, hub.newsletter.id, now)
    return feeds.states(db, hub.feeds)


def due(
    states: Sequence[FeedState],
    now: datetime,
    names: Sequence[str] = (),
    *,
    force: bool = False,
    spread: float = 0.0,
) -> list[FeedState]:
    """Return the feeds to visit now, or within so many seconds, of those with these names; of all without names.

    Those that failed the last time come last: a host that has had enough of us says so after it gave what it gives.
    """
    kinds = {state.feed.name: state.feed.kind for state in states}
    for name in names:
        if name not in kinds:
            raise UnknownNameError("feed", name, kinds)
        if kinds[name] != "feed":
            raise UsageError(f"feed {name} is of kind {kinds[name]}, which this version does not poll")
    wanted = [state for state in states if state.feed.kind == "feed" and (not names or state.feed.name in names)]
    return sorted(
        (state for state in wanted if _is_due(state, now, spread, force=force)), key=lambda state: state.failures > 0
    )


def _is_due(state: FeedState, now: datetime, spread: float, *, force: bool) -> bool:
    soon = now + timedelta(seconds=_moment(state, spread)) + freshness.SOON
    return not freshness.is_held(state, soon) and (force or freshness.is_due(state, soon))


def poll(
    db: Database, hub: Hub, states: Sequence[FeedState], visit: Visit, now: datetime, *, spread: float = 0.0
) -> Iterator[Done]:
    """Visit feeds and store what came of it; yields each poll when it is in the store.

    With `spread` seconds each feed has a moment of its own within them. A feed is left out when its host asked for
    patience meanwhile, or when the poll takes longer than it may.
    """
    batch: list[Poll] = []
    said, began = 0, time.monotonic()
    for one in _polls(hub, states, visit, now, spread):
        if one is not None:
            batch.append(one)
            said += len(one.outcome.said) if isinstance(one.outcome, Fetched) else 0
        is_full = len(batch) >= _BATCH_POLLS or said >= _BATCH_ENTRIES
        if is_full or (batch and time.monotonic() - began >= _BATCH_SECONDS):
            yield from store(db, hub, batch)
            batch, said, began = [], 0, time.monotonic()
    yield from store(db, hub, batch)


def _polls(hub: Hub, states: Sequence[FeedState], visit: Visit, now: datetime, spread: float) -> Iterator[Poll | None]:
    """Yield what came of each visit, bodies read; None now and then, so that what is there gets stored."""
    requests = [reading.first(state, freshness.wait(state, now, _moment(state, spread))) for state in states]
    hosts = _Hosts(states, hub.network.poll_deadline.total_seconds())
    with Readers[_Answered]() as readers:
        for answer in visit(requests, hosts.may_start):
            place, response = answer or (0, None)
            digest = _hash(response.body) if isinstance(response, Response) and response.status == 200 else None
            outcome = _outcome(states[place], response, digest) if response else None
            # Whole seconds, of when the answer came: what a publisher asks for counts from then.
            at = now + timedelta(seconds=int(hosts.elapsed))
            if response and outcome:
                one = _poll(states[place], response, outcome, at, digest)
                hosts.heard(one)
                yield one
            elif isinstance(response, Response):
                readers.read((states[place], response, at, digest), response)
            yield from _read(readers)
            while readers.is_full:  # What is on its way meanwhile waits in the kernel; nothing new is asked for.
                yield from _read(readers, _BATCH_SECONDS)
        while readers:
            yield from _read(readers, _BATCH_SECONDS)


_Answered = tuple[FeedState, Response, datetime, str | None]
"""A feed, what it answered, when, and the hash of that."""


def _read(readers: Readers[_Answered], patience: float = 0.0) -> Iterator[Poll | None]:
    """Yield what readers have read by now, then None."""
    for (state, response, at, digest), outcome in readers.ready(patience):
        yield _poll(state, response, outcome, at, digest)
    yield None


class _Hosts:
    """Who may be visited still in this poll.

    A host that asks for patience means the visitor where it has many of our feeds, and the feed where it has a few.
    """

    def __init__(self, states: Sequence[FeedState], seconds: float) -> None:
        self._hosts = [host_of(state.address) for state in states]
        self._feeds = Counter(self._hosts)
        self._held: set[str] = set()
        self._seconds = seconds
        self._began: float | None = None

    @property
    def elapsed(self) -> float:
        """The seconds since the first visit began."""
        return time.monotonic() - self._began if self._began is not None else 0.0

    def may_start(self, place: int) -> bool:
        """Tell whether there is time for a visit, and whether its host has had enough of us."""
        self._began = time.monotonic() if self._began is None else self._began
        return self.elapsed < self._seconds and self._hosts[place] not in self._held

    def heard(self, poll: Poll) -> None:
        """Take note of what a host answered."""
        host = host_of(poll.feed.address)
        is_busy = poll.status == 429 and freshness.retry_after(poll.status, poll.headers, poll.at) is not None
        if is_busy and self._feeds[host] >= _MANY_ON_ONE_HOST:
            self._held.add(host)


def _moment(state: FeedState, spread: float) -> float:
    """Return a feed's own moment within so many seconds: the same in every hour, another one than its neighbours'."""
    if not spread:
        return 0.0
    import hashlib  # as in _hash

    digest = hashlib.blake2b(state.feed.name.encode(), digest_size=4).digest()
    return spread * int.from_bytes(digest) / 2**32


def _outcome(state: FeedState, response: Response | NoResponse, digest: str | None) -> Outcome | None:
    """Return what came of a visit as far as its head and the body's hash tell, or None: the body must be read."""
    match response:
        case Response(status=304):
            return Unchanged("status") if state.body_hash else Failed("304 Not Modified, but nothing was ever fetched")
        case Response(status=200) if digest == state.body_hash:
            return Unchanged("bytes")
    return without_body(response)


def without_body(response: Response | NoResponse) -> Gone | Failed | None:
    """Return what came of a visit that brought no body to read, or None when it brought one."""
    match response:
        case NoResponse(reason):
            return Failed(reason)
        case Response(status=410):
            return Gone()
        case Response(status=200):
            return None
    return Failed(f"HTTP {response.status}")


def _poll(
    state: FeedState, response: Response | NoResponse, outcome: Outcome, at: datetime, digest: str | None
) -> Poll:
    """Put together what came of a visit; the hash of a body counts only when it was read, or known."""
    if isinstance(response, NoResponse):
        return Poll(state, at, outcome)
    known = None if isinstance(outcome, Failed) else digest
    return Poll(state, at, outcome, response.status, response.headers, known, response.moved_to)


def _hash(body: bytes) -> str:
    import hashlib  # 10 ms for what a poll of 304s does not need

    return _VERSION + hashlib.blake2b(body, digest_size=16).hexdigest()
