"""Writing polls down: a batch of them in one short transaction. What is decided here is decided by rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedhub.model.feed import Counts, Failed, FeedState, Fetched, Poll
from feedhub.model.hub import Hub
from feedhub.rules import visits
from feedhub.store import feeds
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
    counts, gap = Counts(), False
    outcome = poll.outcome
    if isinstance(outcome, Fetched):
        found = _entries(db, hub, poll, outcome)
        if found is None:
            # A feed that was full and is empty now is broken, as a rule: it must not make everything vanish.
            poll = replace(poll, outcome=Failed("the feed is empty now; its entries are kept"))
        else:
            counts, gap = found
            # What it said is in the store; a thousand documents would fill the memory.
            poll = replace(poll, outcome=replace(outcome, said=()))
    after = visits.after(poll, counts, hub.network.interval, gap=gap)
    feeds.record(db, poll, after, counts)
    return Done(poll, counts, after)


def _entries(db: Database, hub: Hub, poll: Poll, outcome: Fetched) -> tuple[Counts, bool] | None:
    """Decide against what the store knows at this moment what is new, changed or gone, and write it.

    Returns how much that was, and whether there is a gap; None for a feed that was full and is empty now.
    """
    from feedhub.rules import backlog, identity  # All of this costs 40 ms, and a quiet poll needs none of it.
    from feedhub.store import entries

    known = entries.known(db, poll.feed, outcome.said)
    if known and not outcome.said:
        return None
    decisions = identity.decide(outcome.said, known)
    if poll.feed.known_since is None:
        decisions = replace(decisions, new=backlog.marked(decisions.new, poll.feed.feed.backlog, poll.at))
    return entries.record(db, poll.feed, hub.newsletter.id, decisions, poll.at), decisions.gap
