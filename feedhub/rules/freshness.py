"""When to visit a feed again: what the publisher said, else an interval learned from its news, else patience.

Times are aware and UTC. A publisher's statement is exact; our own interval is due from 90 % of it on, so that an hourly
cron job visits hourly although each run starts a little later in the hour than the one before.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from feedhub.model.feed import FeedState

LONGEST_HOLD = timedelta(days=31)
LONGEST_WAIT = timedelta(days=1)
FIRST_RETRY = timedelta(hours=1)
LONGEST_RETRY = timedelta(hours=30)
"""More than a day, so that what is dead is not asked in the same hour for ever."""
SLOWEST = timedelta(hours=6)
"""A feed that seldom has news is visited this often all the same: it is a weekly that waits for it."""
SOON = timedelta(seconds=15)
"""What is due so soon is waited for: else an hourly job would miss, by seconds, what asked for an hour."""
_VISITS_PER_NEWS = 24
_EARLY = 0.9

# Quotes are not allowed around max-age (RFC 9111 section 5.2.2.1), but some servers send them.
_MAX_AGE = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?(\d{1,12})', re.IGNORECASE)


def is_due(state: FeedState, now: datetime) -> bool:
    """Tell whether a feed may be visited by the schedule.

    A time further ahead than the longest hold was written by a clock that was wrong, and is ignored.
    """
    if state.gone_since:
        return False
    return state.poll_after is None or not now < state.poll_after <= now + LONGEST_HOLD


def is_held(state: FeedState, now: datetime) -> bool:
    """Tell whether even --force must leave a feed alone: its server said when, or said never, or an editor did."""
    if state.gone_since or (state.paused_until and now < state.paused_until):
        return True
    return state.hold_until is not None and now < state.hold_until <= now + LONGEST_HOLD


def wait(state: FeedState, now: datetime, moment: float) -> float:
    """Return how many seconds after the start of a poll to visit a feed: at its own moment, or when its time comes."""
    last = now + timedelta(seconds=moment) + SOON
    times = [time for time in (state.poll_after, state.hold_until) if time and now < time <= last]
    return max([moment, *((time - now).total_seconds() for time in times)])


def next_visit(headers: Mapping[str, str], ttl: int | None, own: timedelta, now: datetime) -> datetime:
    """Return when to come back after a good answer: what it stated, in its head or its document, or our own interval.

    The longest of them counts; a statement only up to a day. `ttl` is in seconds. An answer that used a rate limit up
    states when it is filled again.
    """
    filled = (used_up(headers, now) or now) - now
    stated = max(lifetime(headers, now), timedelta(seconds=ttl or 0), filled)
    return now + max(own * _EARLY, min(stated, LONGEST_WAIT))


def interval(state: FeedState, usual: timedelta, now: datetime) -> timedelta:
    """Return how often a feed is worth a visit, learned from how far its news lie apart, this silence included.

    `usual` is the interval of feeds.yaml, which it never falls below.
    """
    if state.news_at is None:
        return usual
    gap = max(timedelta(seconds=state.news_gap or 0), now - state.news_at)
    return max(usual, min(gap / _VISITS_PER_NEWS, SLOWEST))


def news_gap(state: FeedState, now: datetime) -> int | None:
    """Return the seconds between news, as a rule, of a feed that has news now; None when these are the first."""
    if state.news_at is None:
        return None
    gap = max(0, int((now - state.news_at).total_seconds()))
    return gap if state.news_gap is None else (3 * state.news_gap + gap) // 4


def next_try(failures: int, now: datetime) -> datetime:
    """Return when to try again after so many failures in a row: after 1, 2, 4 ... hours, a good day in the end."""
    doubled = FIRST_RETRY * (1 << min(max(failures - 1, 0), 10))
    return now + min(doubled * _EARLY, LONGEST_RETRY)


def retry_after(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return until when an answer asks us to stay away, 31 days at most, or None.

    By Retry-After (RFC 9110 section 10.2.3), which GitHub sends with a 403, too; else by what is left of a rate limit.
    """
    value = headers.get("retry-after", "").strip()
    if status not in (403, 429, 503) or not value:
        return used_up(headers, now)
    if re.fullmatch(r"\d+", value, re.ASCII):
        return now + min(timedelta(seconds=min(int(value[:12]), 10**9)), LONGEST_HOLD)
    until = http_date(value)
    return None if until is None or until <= now else min(until, now + LONGEST_HOLD)


def used_up(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return until when a rate limit is used up, 31 days at most; None when something is left of it, or there is none.

    As GitHub says it: the time is in seconds since 1970. Who means seconds from now by it means what is past.
    """
    left, reset = headers.get("x-ratelimit-remaining", "").strip(), headers.get("x-ratelimit-reset", "").strip()
    if left != "0" or not re.fullmatch(r"\d{9,11}", reset, re.ASCII):
        return None
    until = datetime.fromtimestamp(int(reset), UTC)
    return None if until <= now else min(until, now + LONGEST_HOLD)


def limits(headers: Mapping[str, str]) -> dict[str, str]:
    """Return what an answer says of a rate limit."""
    return {name: value for name, value in headers.items() if name.startswith("x-ratelimit-")}


def lifetime(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return for how long an answer stays fresh: max-age, else Expires (RFC 9111 section 4.2.1), less its Age."""
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    if found:
        age = headers.get("age", "").strip()
        seconds = int(found.group(1)) - (int(age) if re.fullmatch(r"\d{1,9}", age, re.ASCII) else 0)
        return timedelta(seconds=min(max(seconds, 0), 10**9))
    expires = http_date(headers["expires"]) if "expires" in headers else None
    if expires is None:
        return timedelta()
    # Seen from the server's clock, which may be wrong together with what it says of the future.
    return max(timedelta(), expires - (http_date(headers.get("date", "")) or now))


def http_date(value: str) -> datetime | None:
    """Return the time that an HTTP date means (RFC 9110 section 5.6.7), or None when it means none."""
    from email.utils import parsedate_to_datetime  # 20 ms, for headers that few answers have

    try:
        time = parsedate_to_datetime(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
