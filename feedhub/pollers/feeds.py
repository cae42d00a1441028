"""Polling feeds: which are due, what came of each visit, one short transaction for a batch of them."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from feedhub.errors import ConfigurationError, UnknownNameError, UsageError
from feedhub.model.feed import (
    Counts,
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
    Validators,
)
from feedhub.model.hub import Hub
from feedhub.pollers.readers import Readers
from feedhub.reading import feeds as reading
from feedhub.rules import freshness, identity
from feedhub.store import entries, feeds
from feedhub.store.connection import lock_path, locked, writing

Visit = Callable[[Iterable[Request]], Iterator[tuple[int, Response | NoResponse] | None]]
"""The way out: yields each request's place and answer as it comes, or None when nothing came for a while."""

_BATCH_POLLS = 100
_BATCH_ENTRIES = 1_000
_BATCH_SECONDS = 1.0
_VERSION = f"{identity.VERSION}."
"""Stands before every body hash: with other rules the same body may say something else, and is read again."""


@dataclass(frozen=True, slots=True)
class Done:
    """A poll that is in the store, and what it brought."""

    poll: Poll
    counts: Counts


@contextmanager
def polling(path: Path) -> Iterator[None]:
    """Hold the poll lock of a database; raise LockedError when another poll is running."""
    with locked(lock_path(path, "poll"), "poll"):
        yield


def due(db: Database, hub: Hub, now: datetime, names: Sequence[str] = (), *, force: bool = False) -> list[FeedState]:
    """Match the database to feeds.yaml and return the feeds to visit now."""
    if not hub.newsletter.contact:
        raise ConfigurationError(
            "feeds.yaml", "newsletter.contact is missing: publishers must be able to reach whoever polls them"
        )
    feeds.reconcile(db, hub.feeds, hub.newsletter.id, now)
    states = feeds.states(db)
    kinds = {state.feed.name: state.feed.kind for state in states}
    for name in names:
        if name not in kinds:
            raise UnknownNameError("feed", name, kinds)
        if kinds[name] != "feed":
            raise UsageError(f"feed {name} is of kind {kinds[name]}, which this version does not poll")
    wanted = [state for state in states if state.feed.kind == "feed" and (not names or state.feed.name in names)]
    if force:
        return [state for state in wanted if not freshness.is_held(state, now)]
    return [state for state in wanted if freshness.is_due(state, now) and not freshness.is_held(state, now)]


def poll(db: Database, hub: Hub, states: Sequence[FeedState], visit: Visit, now: datetime) -> Iterator[Done]:
    """Visit feeds and store what came of it; yields each poll when it is in the store."""
    batch: list[Poll] = []
    began = time.monotonic()
    for one in _polls(hub, states, visit, now):
        if one is not None:
            batch.append(one)
        if _is_full(batch, began):
            yield from _store(db, hub, batch)
            batch, began = [], time.monotonic()
    yield from _store(db, hub, batch)


def _polls(hub: Hub, states: Sequence[FeedState], visit: Visit, now: datetime) -> Iterator[Poll | None]:
    """Yield what came of each visit, bodies read; None now and then, so that what is there gets stored."""
    with Readers[tuple[FeedState, Response]]() as readers:

        def read(patience: float = 0.0) -> Iterator[Poll | None]:
            for (state, response), outcome in readers.ready(patience):
                yield _poll(hub, state, response, outcome, now)
            yield None

        for answer in visit(reading.first(state) for state in states):
            place, response = answer or (0, None)
            outcome = _outcome(states[place], response) if response else None
            if response and outcome:
                yield _poll(hub, states[place], response, outcome, now)
            elif isinstance(response, Response):
                readers.read((states[place], response), response)
            yield from read()
        while readers:
            yield from read(_BATCH_SECONDS)


def _outcome(state: FeedState, response: Response | NoResponse) -> Outcome | None:
    """Return what came of a visit as far as its head and the body's hash tell, or None: the body must be read."""
    match response:
        case NoResponse(reason):
            return Failed(reason)
        case Response(status=304):
            return Unchanged("status") if state.body_hash else Failed("304 Not Modified, but nothing was ever fetched")
        case Response(status=410):
            return Gone()
        case Response(status=200, body=body):
            return Unchanged("bytes") if _hash(body) == state.body_hash else None
        case Response(status=status):
            return Failed(f"HTTP {status}")


def _poll(hub: Hub, state: FeedState, response: Response | NoResponse, outcome: Outcome, now: datetime) -> Poll:
    """Put together all that is to be remembered of a visit."""
    if isinstance(response, NoResponse) or isinstance(outcome, Failed | Gone):
        head = {} if isinstance(response, NoResponse) else response.headers
        status = 0 if isinstance(response, NoResponse) else response.status
        hold = freshness.retry_after(status, head, now)
        again = max(freshness.next_try(state.failures + 1, now), hold or now)
        return Poll(state, now, outcome, again, hold)
    return Poll(
        state,
        now,
        outcome,
        poll_after=freshness.next_visit(response.headers, hub.network.interval, now),
        validators=_validators(state, response),
        body_hash=None if response.status == 304 else _hash(response.body),
        moved_to=response.moved_to,
    )


def _validators(state: FeedState, response: Response) -> Validators:
    """Return what to ask with next time: a 304 may renew validators (RFC 9111 section 4.3.4), a 200 replaces them."""
    etag, last_modified = response.headers.get("etag"), response.headers.get("last-modified")
    if response.status == 304:
        return Validators(etag or state.validators.etag, last_modified or state.validators.last_modified)
    return Validators(etag, last_modified)


def _hash(body: bytes) -> str:
    return _VERSION + hashlib.blake2b(body, digest_size=16).hexdigest()


def _is_full(batch: Sequence[Poll], began: float) -> bool:
    if not batch:
        return False
    said = sum(len(one.outcome.document.entries) for one in batch if isinstance(one.outcome, Fetched))
    return len(batch) >= _BATCH_POLLS or said >= _BATCH_ENTRIES or time.monotonic() - began >= _BATCH_SECONDS


def _store(db: Database, hub: Hub, batch: Sequence[Poll]) -> list[Done]:
    """Write a batch of polls in one short transaction."""
    if not batch:
        return []
    with writing(db):
        # In the order of feeds.yaml, not of arrival: of those that tell the same news now, the first listed is primary.
        return [_record(db, hub, one) for one in sorted(batch, key=lambda one: one.feed.position)]


def _record(db: Database, hub: Hub, one: Poll) -> Done:
    """Write a poll: what is new, changed or gone is decided against what the store knows at this moment."""
    if not isinstance(one.outcome, Fetched):
        feeds.record(db, one, Counts(), gap=False)
        return Done(one, Counts())
    said = identity.said(one.outcome.document)
    known = entries.known(db, one.feed, said)
    if not said and known:
        # A feed that was full and is empty now is broken, as a rule: it must not make everything vanish.
        failed = _poll_failed(one, "the feed is empty now; its entries are kept")
        feeds.record(db, failed, Counts(), gap=False)
        return Done(failed, Counts())
    decisions = identity.decide(said, known)
    counts = entries.record(db, one.feed, hub.newsletter.id, decisions, one.at)
    feeds.record(db, one, counts, gap=decisions.gap)
    return Done(one, counts)


def _poll_failed(one: Poll, reason: str) -> Poll:
    again = freshness.next_try(one.feed.failures + 1, one.at)
    return replace(one, outcome=Failed(reason), poll_after=again, validators=None, body_hash=None)
