"""When to visit a feed again: what the publisher said, else our own interval, else patience.

Times are aware and UTC. A publisher's statement is exact; our own interval is due from 90 % of it on, so that an hourly
cron job visits hourly although each run starts a little later in the hour than the one before.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from feedhub.model.feed import FeedState

LONGEST_HOLD = timedelta(days=31)
LONGEST_WAIT = timedelta(days=1)
FIRST_RETRY = timedelta(hours=1)
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
    """Tell whether even --force must leave a feed alone: the server said when, or said never."""
    if state.gone_since:
        return True
    return state.hold_until is not None and now < state.hold_until <= now + LONGEST_HOLD


def next_visit(headers: Mapping[str, str], interval: timedelta, now: datetime) -> datetime:
    """Return when to come back after a good answer: Cache-Control's max-age up to a day, or our interval."""
    stated = max_age(headers)
    own = interval * _EARLY
    return now + max(own, min(stated or own, LONGEST_WAIT))


def next_try(failures: int, now: datetime) -> datetime:
    """Return when to try again after so many failures in a row: 1, 2, 4 ... hours, a day at most."""
    doubled = FIRST_RETRY * (1 << min(max(failures - 1, 0), 10))
    return now + min(doubled, LONGEST_WAIT) * _EARLY


def retry_after(status: int, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return until when a 429 or 503 asks us to stay away (RFC 9110 section 10.2.3), 31 days at most, or None."""
    value = headers.get("retry-after", "").strip()
    if status not in (429, 503) or not value:
        return None
    if re.fullmatch(r"\d+", value, re.ASCII):
        return now + min(timedelta(seconds=min(int(value[:12]), 10**9)), LONGEST_HOLD)
    until = http_date(value)
    return None if until is None or until <= now else min(until, now + LONGEST_HOLD)


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long an answer stays fresh by Cache-Control, or None when it does not say."""
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    return timedelta(seconds=min(int(found.group(1)), 10**9)) if found else None


def http_date(value: str) -> datetime | None:
    """Return the time that an HTTP date means (RFC 9110 section 5.6.7), or None when it means none."""
    try:
        time = parsedate_to_datetime(value)
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
