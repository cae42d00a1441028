"""What a visit means for what we remember of a feed: one pure step from a state to the next."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedhub.model.feed import Counts, Failed, FeedState, Fetched, Gone, Poll, Validators
from feedhub.rules import freshness

POLLS_BEFORE_MOVING = 3
_UNMOVED: dict[str, Any] = {"proposed_url": None, "moved_since": None, "used_url": None, "moved_polls": 0}
_GAP_IS_NEWS = timedelta(days=7)
"""For how long a window without overlap is reported, when nobody takes note of it."""


def after(poll: Poll, counts: Counts, usual: timedelta, *, gap: bool) -> FeedState:
    """Return a feed's state after a poll that brought so much; `usual` is the interval of feeds.yaml.

    `gap` says that nothing was left of what the feed said at the visit before.
    """
    state = replace(poll.feed, checked=poll.at, paused_until=None)
    match poll.outcome:
        case Failed(reason):
            return _failed(state, poll, reason)
        case Gone():
            gone = _failed(state, poll, "410: the publisher says that it is gone for good")
            return replace(gone, gone_since=poll.at)
        case Fetched(head):
            state = replace(state, title=head.title, home=head.link, ttl=head.ttl)
    state = replace(
        _with_news(_moved(state, poll), poll, counts),
        validators=_validators(poll),
        body_hash=poll.body_hash or state.body_hash,
        hold_until=None,
        failures=0,
        failing_since=None,
        error=None,
        gap_since=poll.at if gap else _still(state, poll),
    )
    own = freshness.interval(state, usual, poll.at)
    return replace(state, poll_after=freshness.next_visit(poll.headers, state.ttl, own, poll.at))


def _failed(state: FeedState, poll: Poll, reason: str) -> FeedState:
    """Count a failure; what a feed was led to is forgotten, so that the listed address is asked the next time."""
    hold = freshness.retry_after(poll.status, poll.headers, poll.at)
    failures = state.failures + 1
    return replace(
        state,
        failures=failures,
        failing_since=state.failing_since or poll.at,
        error=reason,
        hold_until=hold,
        poll_after=max(freshness.next_try(failures, poll.at), hold or poll.at),
        **_UNMOVED,
    )


def _moved(state: FeedState, poll: Poll) -> FeedState:
    """Follow permanent redirects only after a few polls in a row: a captive portal sends them, too."""
    if poll.moved_to is None:
        # At the new address there is nothing more to follow; at the old one, the redirect was taken back.
        return state if state.used_url else replace(state, **_UNMOVED)
    if poll.moved_to != state.proposed_url:
        return replace(state, proposed_url=poll.moved_to, moved_since=poll.at, moved_polls=1)
    polls = state.moved_polls + 1
    return replace(state, moved_polls=polls, used_url=poll.moved_to if polls >= POLLS_BEFORE_MOVING else state.used_url)


def _with_news(state: FeedState, poll: Poll, counts: Counts) -> FeedState:
    if not isinstance(poll.outcome, Fetched):
        return state
    if state.known_since is None:
        return replace(state, known_since=poll.at, news_at=poll.at)
    return replace(state, news_gap=freshness.news_gap(state, poll.at), news_at=poll.at) if counts.new else state


def _validators(poll: Poll) -> Validators:
    """Return what to ask with next time: a 304 may renew validators (RFC 9111 section 4.3.4), a 200 replaces them."""
    etag, last_modified = poll.headers.get("etag"), poll.headers.get("last-modified")
    if poll.status == 304:
        known = poll.feed.validators
        return Validators(etag or known.etag, last_modified or known.last_modified)
    return Validators(etag, last_modified)


def _still(state: FeedState, poll: Poll) -> datetime | None:
    return state.gap_since if state.gap_since and poll.at - state.gap_since < _GAP_IS_NEWS else None
