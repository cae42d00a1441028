"""Checking feeds: each is visited, nothing is stored, and what an editor should do something about is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from feedhub.model.feed import Failed, Feed, FeedState, Fetched, Gone, Request, Response
from feedhub.pollers.feeds import Visit
from feedhub.pollers.finding import Found, Look, find, look
from feedhub.pollers.readers import Readers
from feedhub.reading import sources
from feedhub.rules import freshness, windows
from feedhub.rules.windows import Window
from feedhub.text.addresses import fetch_key, shown

KINDS = ("gone", "page", "dead", "held", "duplicate", "moved", "window", "stale")
"""What may be wrong with a feed; a feed's verdict is the first of those that are found, or ok."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a feed, in a sentence; `address` is where it should lead instead."""

    kind: str
    says: str
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """A feed that was looked at: what its document holds, and what is wrong with it."""

    feed: Feed
    findings: tuple[Finding, ...] = ()
    seen: Window | None = None

    @property
    def verdict(self) -> str:
        """What is wrong with it, in a word; ok when nothing is."""
        return min((found.kind for found in self.findings), key=KINDS.index, default="ok")


def check(
    states: Sequence[FeedState], listed: Sequence[Feed], usual: timedelta, visit: Visit, now: datetime
) -> Iterator[Checked]:
    """Look at feeds and yield what is wrong with each, as it comes; those that are gone or held are left alone.

    `listed` are all feeds, of which these may be duplicates; `usual` is the interval of those that were never polled.
    """
    left = [state for state in states if freshness.is_held(state, now)]
    yield from (Checked(state.feed, (_held(state),)) for state in left)
    asked = [state for state in states if state not in left]
    with Readers[tuple[int, Response]]() as readers:
        for one in look([_request(state, now) for state in asked], visit, readers):
            state = asked[one.place]
            twin = _twin(state.feed, one, listed)
            if isinstance(one.outcome, Fetched):
                seen = windows.window(one.outcome.document.entries, now)
                # Only feeds are windows: a search holds what it is asked for, a calendar what is planned.
                is_window = state.feed.kind == "feed"
                window = (_window(state, seen, usual, now), _stale(seen, now)) if is_window else ()
                yield Checked(state.feed, tuple(filter(None, (twin, _moved(state, one), *window))), seen)
            else:
                yield Checked(state.feed, tuple(filter(None, (_dead(state, one, visit), twin))))


def _request(state: FeedState, now: datetime) -> tuple[str, Request]:
    """Return what to ask for as if nothing were known of a feed but where it is."""
    feed = replace(state.feed, url=state.address)
    return feed.kind, sources.first(FeedState(0, feed), now)


def _held(state: FeedState) -> Finding:
    if state.gone_since:
        return Finding("gone", f"gone for good (410) since {state.gone_since:%Y-%m-%d}")
    until = max(filter(None, (state.hold_until, state.paused_until)))
    return Finding(
        "held", f"{'paused' if state.paused_until else 'its server said to wait'} until {until:%Y-%m-%d %H:%M}"
    )


def _dead(state: FeedState, one: Look, visit: Visit) -> Finding:
    """Say why there is no feed, and where the site has one."""
    if isinstance(one.outcome, Gone):
        return Finding("gone", "gone for good (410)")
    why = one.outcome.reason if isinstance(one.outcome, Failed) else ""
    is_page = isinstance(one.response, Response) and one.response.status in (200, 404)
    if not is_page or state.feed.kind == "github":
        return Finding("dead", why)
    other = find(state.address, visit)
    where = other.url if isinstance(other, Found) else None
    kind = "page" if "HTML" in why else "dead"
    return Finding(kind, f"{why}; the feed of that site is at {shown(where)}" if where else why, where)


def _twin(feed: Feed, one: Look, listed: Sequence[Feed]) -> Finding | None:
    """Say which other feed is the same, by its address or by where the address leads."""
    keys = {fetch_key(feed.url), *([fetch_key(one.response.url)] if isinstance(one.response, Response) else [])}
    twins = [other.name for other in listed if other.name != feed.name and other.url and fetch_key(other.url) in keys]
    return Finding("duplicate", f"the same feed as {' and '.join(twins)}") if twins else None


def _moved(state: FeedState, one: Look) -> Finding | None:
    if state.feed.query is not None:  # Where it is asked is ours to say.
        return None
    where = one.response.moved_to if isinstance(one.response, Response) else None
    if not where and state.used_url:
        where = state.used_url
    return Finding("moved", f"has moved for good to {shown(where)}", where) if where else None


def _window(state: FeedState, seen: Window, usual: timedelta, now: datetime) -> Finding | None:
    """Say when more may come between two polls than the document holds."""
    interval = max(usual, state.poll_after - state.checked if state.poll_after and state.checked else usual)
    if not windows.is_short(seen, interval, now):
        return None
    says = (
        f"its {seen.dated} dated entries cover {spoken(seen.span)}, and {seen.arriving(interval):.0f} come between two "
        f"polls ({spoken(interval)} apart): when one poll is missed, entries are lost"
    )
    return Finding("window", says)


def _stale(seen: Window, now: datetime) -> Finding | None:
    if seen.newest is None or not windows.is_stale(seen, now):
        return None
    return Finding("stale", f"nothing new since {seen.newest:%Y-%m-%d}")


def spoken(time: timedelta) -> str:
    """Return a time in its largest unit.

    >>> spoken(timedelta(hours=50)), spoken(timedelta(minutes=90)), spoken(timedelta(seconds=20))
    ('2 days', '90 minutes', '20 seconds')
    """
    seconds = time.total_seconds()
    for unit, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds / 60:.0f} minutes" if seconds >= 60 else f"{seconds:.0f} seconds"
