"""Writing polls down: a batch of them in one short transaction. What is decided here is decided by rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedhub.model.feed import Counts, Failed, FeedState, Fetched, Found, Poll
from feedhub.model.hub import Hub
from feedhub.rules import visits
from feedhub.store import dues, feeds
from feedhub.store.connection import Database, writing


@dataclass(frozen=True, slots=True)
class Done:
    """A poll that is in the store, what it brought, and what is known of the feed after it."""

    poll: Poll
    counts: Counts
    after: FeedState


def store(db: Database, hub: Hub, batch: Sequence[Poll]) -> list[Done]:
    """Write a batch of polls in one short transaction."""
    if not batch:
        return []
    with writing(db):
        # In the order of feeds.yaml, not of arrival: of those that tell the same news now, the first listed is primary.
        return [_record(db, hub, one) for one in sorted(batch, key=lambda one: one.feed.position)]


def _record(db: Database, hub: Hub, poll: Poll) -> Done:
    """Write a poll and what it brought."""
    found = Found()
    outcome = poll.outcome
    if isinstance(outcome, Fetched):
        from feedhub.pollers import telling  # The rules for entries cost 40 ms, and a quiet poll needs none of them.

        told = telling.record(db, hub, poll, outcome)
        if told is None:
            # A feed that was full and is empty now is broken, as a rule: it must not make everything vanish.
            poll = replace(poll, outcome=Failed("the feed is empty now; its entries are kept"))
        else:
            found = told
            # What it said is in the store; a thousand documents would fill the memory.
            poll = replace(poll, outcome=replace(outcome, said=()))
    after = visits.after(poll, found, hub.network.interval)
    feeds.record(db, poll, after, found.counts)
    if found.counts.changed or found.counts.gone:
        dues.note_altered(db, poll.feed.number)
    return Done(poll, found.counts, after)
