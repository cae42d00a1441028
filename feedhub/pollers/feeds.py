"""Polling feeds: which are due, what came of each visit, one short transaction for a batch of them."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from feedhub.errors import ConfigurationError, UnknownNameError
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
from feedhub.pollers import paging
from feedhub.pollers.hosts import Hosts
from feedhub.pollers.paging import Asked, unfilled
from feedhub.pollers.readers import Readers
from feedhub.pollers.recording import Done, store
from feedhub.reading import sources
from feedhub.rules import freshness
from feedhub.rules.version import VERSION
from feedhub.store import feeds
from feedhub.store.connection import Database, lock_path, locked

Visit = Callable[[Iterable[Request], Callable[[int], bool]], Iterator[tuple[int, Response | NoResponse] | None]]
"""The way out: yields each request's place and answer as it comes, or None when nothing came for a while.

It asks whether a request may start, by its place, right before it does; one that may not has no answer.
"""

_NextStep = Callable[[Asked, Poll], Poll | Asked]
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
    known = {state.feed.name for state in states}
    for name in names:
        if name not in known:
            raise UnknownNameError("feed", name, known)
    wanted = [state for state in states if not names or state.feed.name in names]
    return sorted((state for state in wanted if _is_due(state, now, spread, force=force)), key=_turn)


def _turn(state: FeedState) -> tuple[bool, float]:
    """Return when a feed's turn is: of GitHub's searches, so many a minute, the longest unvisited is first."""
    waited = state.checked.timestamp() if state.checked and state.feed.query is not None else 0.0
    return state.failures > 0, waited


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
    step = partial(paging.next_step, beyond=partial(paging.beyond, db, hub), is_known=partial(paging.is_known, db))
    for one in _polls(hub, states, visit, now, spread, step):
        if one is not None:
            batch.append(one)
            said += len(one.outcome.said) if isinstance(one.outcome, Fetched) else 0
        is_full = len(batch) >= _BATCH_POLLS or said >= _BATCH_ENTRIES
        if is_full or (batch and time.monotonic() - began >= _BATCH_SECONDS):
            yield from store(db, hub, batch)
            batch, said, began = [], 0, time.monotonic()
    yield from store(db, hub, batch)


def _polls(
    hub: Hub, states: Sequence[FeedState], visit: Visit, now: datetime, spread: float, next_step: _NextStep
) -> Iterator[Poll | None]:
    """Yield what came of each visit, bodies read; None now and then, so that what is there gets stored.

    What one answer does not end goes on when all others have answered: the next pages, all at once.
    """
    hosts = Hosts(states, hub.network.poll_deadline.total_seconds())
    asked = [
        Asked(state, sources.first(state, now, freshness.wait(state, now, _moment(state, spread))), state.feed.kind)
        for state in states
    ]
    with Readers[_Answered]() as readers:
        while asked:
            asked = yield from _round(asked, _answers(asked, visit, hosts, readers, now), next_step)


def _round(
    asked: Sequence[Asked], answers: Iterable[tuple[Asked, Poll] | None], next_step: _NextStep
) -> Generator[Poll | None, None, list[Asked]]:
    """Yield what answers complete, and what is good without one; return what is to be asked for next."""
    further: list[Asked] = []
    unanswered = {id(one): one for one in asked}
    for answer in answers:
        if answer is None:
            yield None
            continue
        del unanswered[id(answer[0])]
        step = next_step(*answer)
        if isinstance(step, Asked):
            further.append(step)
        else:
            yield step
    yield from map(unfilled, unanswered.values())
    return further


_Answered = tuple[Asked, Response, datetime, str | None]
"""What was asked for, what was answered, when, and the hash of that."""


def _answers(
    asked: Sequence[Asked], visit: Visit, hosts: Hosts, readers: Readers[_Answered], now: datetime
) -> Iterator[tuple[Asked, Poll] | None]:
    """Yield what is answered, each as a poll by itself, bodies read; None now and then."""
    may_start = hosts.may_start([(one.kind, one.request) for one in asked])
    for answer in visit([one.request for one in asked], may_start):
        if answer:
            place, response = answer
            one = asked[place]
            # Whole seconds, of when the answer came: what a publisher asks for counts from then.
            at = now + timedelta(seconds=int(hosts.elapsed))
            hosts.heard(one.kind, one.request, response, at)
            digest = _hash(response.body) if isinstance(response, Response) and response.status == 200 else None
            outcome = _outcome(one, response, digest)
            if outcome:
                yield one, _poll(one.state, response, outcome, at, digest)
            elif isinstance(response, Response):
                readers.read((one, response, at, digest), response, one.kind)
        yield from _read(readers)
        while readers.is_full:  # What is on its way meanwhile waits in the kernel; nothing new is asked for.
            yield from _read(readers, _BATCH_SECONDS)
    while readers:
        yield from _read(readers, _BATCH_SECONDS)


def _read(readers: Readers[_Answered], patience: float = 0.0) -> Iterator[tuple[Asked, Poll] | None]:
    """Yield what readers have read by now, then None."""
    for (one, response, at, digest), outcome in readers.ready(patience):
        yield one, _poll(one.state, response, outcome, at, digest)
    yield None


def _moment(state: FeedState, spread: float) -> float:
    """Return a feed's own moment within so many seconds: the same in every hour, another one than its neighbours'."""
    if not spread:
        return 0.0
    import hashlib  # as in _hash

    digest = hashlib.blake2b(state.feed.name.encode(), digest_size=4).digest()
    return spread * int.from_bytes(digest) / 2**32


def _outcome(asked: Asked, response: Response | NoResponse, digest: str | None) -> Outcome | None:
    """Return what came of a visit as far as its head and the body's hash tell, or None: the body must be read."""
    state = asked.state
    match response:
        case Response(status=304) if asked.opening is None:
            return Unchanged("status") if state.body_hash else Failed("304 Not Modified, but nothing was ever fetched")
        case Response(status=200) if asked.opening is None and digest == state.body_hash:
            return Unchanged("bytes")
    return without_body(response, asked.kind)


def without_body(response: Response | NoResponse, kind: str = "feed") -> Gone | Failed | None:
    """Return what came of a visit to a kind of source that brought no body to read, or None when it brought one."""
    match response:
        case NoResponse(reason):
            return Failed(reason)
        case Response(status=410):
            return Gone()
        case Response(status=200):
            return None
    why = sources.refusal(kind, response)
    return Failed(f"HTTP {response.status}{why and ': ' + why}")


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
