"""What a document means for the stories: asks the store what is known, has the rules decide, tells the store."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from feedhub.model.document import Entry
from feedhub.model.feed import Counts, Fetched, Found, Poll
from feedhub.model.hub import Hub
from feedhub.model.matching import Candidate, Decisions, New, Said, Told
from feedhub.pollers import judging
from feedhub.rules import backlog, identity, joining, replacement, revisions
from feedhub.store import entries, rules
from feedhub.store import joining as joins
from feedhub.store.connection import Database


def record(db: Database, hub: Hub, poll: Poll, outcome: Fetched) -> Found | None:
    """Decide against what the store knows at this moment what is new, changed or gone, and write it.

    Returns what was found, or None for a feed that was full and is empty now.
    """
    known = entries.known(db, poll.feed, outcome.said)
    if known and not outcome.said and not outcome.head.partial:
        return None
    decisions = _missing(poll, outcome, identity.decide(outcome.said, known))
    is_held = _is_window(poll, outcome) and replacement.is_replacement(outcome.said, known, decisions)
    before = entries.saying(db, [change.number for change in decisions.changed])
    decisions = revisions.sorted_out(decisions, before)
    decisions = replace(decisions, new=_marked(db, poll, decisions, is_held=is_held))
    told = entries.record(db, poll.feed, hub.newsletter.id, decisions, poll.at)
    _follow_up(db, poll, [one for one in told if one.changed], before)
    hidden = judging.judge(db, hub, poll.feed, told, poll.at)
    waits = is_held or poll.feed.held_since is not None
    return Found(_counts(decisions, told, hidden), gap=decisions.gap and not waits, held=is_held)


def _is_window(poll: Poll, outcome: Fetched) -> bool:
    """Tell whether a document is the latest of what a feed said, up to now: a calendar is a plan."""
    return poll.feed.feed.kind == "feed" and not outcome.is_bridged


def _missing(poll: Poll, outcome: Fetched, decisions: Decisions) -> Decisions:
    """Return decisions with what is meant by what is not in the document: by a search nothing, if it is complete."""
    if outcome.head.partial:
        return replace(decisions, gone=(), gap=outcome.head.incomplete and poll.feed.known_since is not None)
    return decisions if _is_window(poll, outcome) else replace(decisions, gap=False)


def _marked(db: Database, poll: Poll, decisions: Decisions, *, is_held: bool) -> tuple[New, ...]:
    """Return what is new with what the rules say of it: backlog, held, part of a story that others told."""
    new = decisions.new
    if poll.feed.known_since is None:
        new = backlog.marked(new, poll.feed.feed.backlog, poll.at)
    elif poll.feed.feed.query is not None:
        new = backlog.from_before(new, poll.feed)
    if is_held or poll.feed.held_since:
        new = tuple(replace(one, held=True) for one in new)
    keys = {key for one in new for key in one.said.keys}
    told = joins.candidates(db, poll.feed, keys, poll.at)
    if not told:
        return new
    joins_of = ((one, joining.joining(one, poll.feed, _under(one.said, told))) for one in new)
    return tuple(replace(one, joins=found) if found else one for one, found in joins_of)


def _follow_up(db: Database, poll: Poll, changed: Sequence[Told], before: Mapping[int, Entry]) -> None:
    """See what new texts mean: they may be about what another story is about, and an event may not take place."""
    for one in changed:
        # One by one: what the entry before it made one is one now.
        story = rules.homes(db, [one.entry])[one.entry]
        told = joins.candidates(db, poll.feed, one.said.keys, poll.at)
        found = joining.bridging(replace(one, story=story), _under(one.said, told))
        if found is not None:
            joins.become_one(db, found, poll.at)
        if before[one.entry].event != one.said.entry.event:
            joins.tell(db, story, one.entry, poll.at)


def _under(said: Said, told: Mapping[str, Sequence[Candidate]]) -> list[Candidate]:
    """Return the stories that are told under the keys of an entry."""
    return [one for key in said.keys for one in told.get(key, ())]


def _counts(decisions: Decisions, told: tuple[Told, ...], hidden: int) -> Counts:
    held = sum(one.held and one.began for one in told)
    return Counts(
        new=len(decisions.new),
        backlog=sum(new.backlog for new in decisions.new),
        changed=len(decisions.changed),
        gone=len(decisions.gone),
        hidden=hidden + held,
    )
