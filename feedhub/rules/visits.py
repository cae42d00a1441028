"""What a visit means for what we remember of a feed: one pure step from a state to the next."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedhub.model.feed import Failed, FeedState, Fetched, Found, Gone, Poll, Validators
from feedhub.rules import freshness

Changes = dict[str, Any]
"""Fields of a feed's state, and what they become."""

POLLS_BEFORE_MOVING = 3
_UNMOVED: Changes = {"proposed_url": None, "moved_since": None, "used_url": None, "moved_polls": 0}
_LONGEST_ETAG = 1_024
# RFC 9110 section 8.8.3; some forget the quotes that it requires, or have a blank within them.
_ETAG = re.compile(r'(?:W/)?"[\x20\x21\x23-\x7e]*"|[\x21\x23-\x7e]+')
_HTTP_DATE = re.compile(r"[A-Za-z]{3,9},? [ 0-9A-Za-z:+-]{10,40}")
_GAP_IS_NEWS = timedelta(days=7)
"""For how long a window without overlap is reported, when nobody takes note of it."""


def after(poll: Poll, found: Found, usual: timedelta) -> FeedState:
    """Return a feed's state after a poll that found so much; `usual` is the interval of feeds.yaml."""
    match poll.outcome:
        case Failed(reason):
            changes = _failed(poll, reason)
        case Gone():
            changes = _failed(poll, "410: the publisher says that it is gone for good") | {"gone_since": poll.at}
        case Fetched(head):
            said = {"title": head.title, "home": head.link, "ttl": head.ttl}
            changes = _answered(poll, usual, said | _news(poll, found), gap=found.gap)
        case _:
            changes = _answered(poll, usual, {}, gap=False)
    return replace(poll.feed, checked=poll.at, paused_until=None, **changes)


def _answered(poll: Poll, usual: timedelta, said: Changes, *, gap: bool) -> Changes:
    """Take over what an answer brought; `said` is what its document changes."""
    state = poll.feed
    own = freshness.interval(replace(state, **said) if said else state, usual, poll.at)
    return {
        **said,
        **_moved(poll),
        "validators": _validators(poll),
        "body_hash": poll.body_hash or state.body_hash,
        "hold_until": None,
        "failures": 0,
        "failing_since": None,
        "error": None,
        "gap_since": poll.at if gap else _still(poll),
        "poll_after": freshness.next_visit(poll.headers, said.get("ttl", state.ttl), own, poll.at),
    }


def _failed(poll: Poll, reason: str) -> Changes:
    """Count a failure; what a feed was led to is forgotten, so that the listed address is asked the next time."""
    hold = freshness.retry_after(poll.status, poll.headers, poll.at)
    # Somebody who tries again and again by hand does not make it wait longer.
    is_early = poll.feed.poll_after is not None and poll.at < poll.feed.poll_after
    failures = max(1, poll.feed.failures + (not is_early))
    return {
        **_UNMOVED,
        "failures": failures,
        "failing_since": poll.feed.failing_since or poll.at,
        "error": reason,
        "hold_until": hold,
        "poll_after": max(freshness.next_try(failures, poll.at), hold or poll.at),
    }


def _moved(poll: Poll) -> Changes:
    """Follow permanent redirects only after a few polls in a row: a captive portal sends them, too."""
    state = poll.feed
    if poll.moved_to is None:
        # At the new address there is nothing more to follow; at the old one, the redirect was taken back.
        return {} if state.used_url else _UNMOVED
    if poll.moved_to != state.proposed_url:
        return {"proposed_url": poll.moved_to, "moved_since": poll.at, "moved_polls": 1}
    polls = state.moved_polls + 1
    return {"moved_polls": polls, "used_url": poll.moved_to if polls >= POLLS_BEFORE_MOVING else state.used_url}


def _news(poll: Poll, found: Found) -> Changes:
    held = {"held_since": poll.at} if found.held and not poll.feed.held_since else {}
    if poll.feed.known_since is None:
        return {"known_since": poll.at, "news_at": poll.at, **held}
    if not found.counts.new:
        return held
    return {"news_gap": freshness.news_gap(poll.feed, poll.at), "news_at": poll.at, **held}


def _validators(poll: Poll) -> Validators:
    """Return what to ask with next time: a 304 may renew validators (RFC 9111 section 4.3.4), a 200 replaces them.

    They are sent back as they came, or not at all.
    """
    etag, last_modified = poll.headers.get("etag"), poll.headers.get("last-modified")
    etag = etag if etag and len(etag) <= _LONGEST_ETAG and _ETAG.fullmatch(etag) else None
    last_modified = last_modified if last_modified and _HTTP_DATE.fullmatch(last_modified) else None
    if poll.status == 304:
        known = poll.feed.validators
        return Validators(etag or known.etag, last_modified or known.last_modified)
    return Validators(etag, last_modified)


def _still(poll: Poll) -> datetime | None:
    since = poll.feed.gap_since
    return since if since and poll.at - since < _GAP_IS_NEWS else None
