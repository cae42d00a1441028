"""When to visit again: what the publisher said, our own interval, patience; clocks that jump lose nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import TUESDAY
from hypothesis import example, given
from hypothesis import strategies as st

from feedhub.model.feed import Feed, FeedState
from feedhub.rules import freshness

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=seconds) for seconds in (1, 60, 3600, 86400))
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))


def state(**fields) -> FeedState:
    """Return what is remembered of a feed."""
    return FeedState(1, Feed("a", "https://a.example/feed"), **fields)


RETRY = {
    # status, what Retry-After says, how long we stay away.
    "seconds": (429, "120", 120 * SECOND),
    "seconds of a server that is down": (503, "120", 120 * SECOND),
    "no seconds at all": (429, "0", timedelta()),
    "blanks around": (429, "  120 ", 120 * SECOND),
    "a date": (429, "Tue, 10 Dec 2019 11:30:00 GMT", 90 * MINUTE),
    "a date in another zone": (503, "Tue, 10 Dec 2019 18:30:00 +0800", 30 * MINUTE),
    "a date of RFC 850": (503, "Tuesday, 10-Dec-19 11:30:00 GMT", 90 * MINUTE),
    "a date without a zone, which is UTC": (503, "Tue, 10 Dec 2019 11:30:00", 90 * MINUTE),
    "a date that is past": (503, "Tue, 10 Dec 2019 09:59:59 GMT", None),
    "now": (503, "Tue, 10 Dec 2019 10:00:00 GMT", None),
    "more than a month": (429, "9999999", 31 * DAY),
    "more than a clock can hold": (429, "9" * 30, 31 * DAY),
    "a date far ahead": (503, "Fri, 31 Dec 9999 23:59:59 GMT", 31 * DAY),
    "a date that no clock has": (503, "Fri, 31 Dec 9999 23:59:59 -2359", None),
    "less than nothing": (429, "-5", None),
    "a fraction": (429, "1.5", None),
    "digits of another script": (429, "١٢٠", None),
    "words": (429, "in a while", None),
    "nothing": (429, "", None),
    "no such header": (429, None, None),
    "another status": (500, "120", None),
    "a redirect": (301, "120", None),
    "success": (200, "120", None),
}


@pytest.mark.parametrize(("status", "value", "wait"), RETRY.values(), ids=RETRY)
def test_L06_retry_after(status, value, wait):
    headers = {} if value is None else {"retry-after": value}

    assert freshness.retry_after(status, headers, TUESDAY) == (None if wait is None else TUESDAY + wait)


@given(st.text() | st.from_regex(r"-?[0-9]{1,40}", fullmatch=True), TIMES)
@example("9" * 30, TUESDAY)  # hypothesis does not think of these by itself
@example("Tue, 31 Dec 9999 23:59:59 -2359", TUESDAY)
@example("Mon, 01 Jan 0001 00:00:00 +2359", TUESDAY)
@example("Tue, 10 Dec 2019 10:00:00 +9999", TUESDAY)
def test_retry_after_never_breaks_a_poll(value, now):
    """Whatever a server says, it keeps us away for a month at most."""
    until = freshness.retry_after(429, {"retry-after": value}, now)

    assert until is None or timedelta() <= until - now <= 31 * DAY


MAX_AGE = {
    "seconds": ("max-age=600", 600 * SECOND),
    "among others": ("public, max-age=600, must-revalidate", 600 * SECOND),
    "in capitals, with blanks": ("Max-Age = 600", 600 * SECOND),
    "in quotes, which are not allowed": ('max-age="600"', 600 * SECOND),
    "that of shared caches is not ours": ("s-maxage=600", None),
    "nor is what only ends so": ("x-max-age=600", None),
    "the first of two": ("max-age=60, max-age=600", 60 * SECOND),
    "zero": ("max-age=0", timedelta()),
    "more than any": ("max-age=999999999999", timedelta(seconds=10**9)),
    "less than nothing": ("max-age=-1", None),
    "words": ("max-age=soon", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("value", "age"), MAX_AGE.values(), ids=MAX_AGE)
def test_max_age(value, age):
    assert freshness.max_age({"cache-control": value}) == age


@given(st.text(st.characters()))
def test_max_age_never_breaks_a_poll(value):
    """Any text is a time, or none."""
    age = freshness.max_age({"cache-control": value})

    assert age is None or age >= timedelta()


NEXT = {
    # What Cache-Control says, our interval, when we come back.
    "our own interval, a little early": ({}, HOUR, 54 * MINUTE),
    "a publisher's longer one, exactly": ({"cache-control": "max-age=7200"}, HOUR, 2 * HOUR),
    "a shorter one does not bring us sooner": ({"cache-control": "max-age=60"}, HOUR, 54 * MINUTE),
    "one between the two is kept": ({"cache-control": "max-age=3500"}, HOUR, 3500 * SECOND),
    "a day at most": ({"cache-control": "max-age=31536000"}, HOUR, DAY),
    "our own may be longer than a day": ({"cache-control": "max-age=600"}, 7 * DAY, 6.3 * DAY),
    "and a publisher's year does not make it shorter": ({"cache-control": "max-age=31536000"}, 7 * DAY, 6.3 * DAY),
}


@pytest.mark.parametrize(("headers", "interval", "wait"), NEXT.values(), ids=NEXT)
def test_L15_next_visit(headers, interval, wait):
    assert freshness.next_visit(headers, interval, TUESDAY) == TUESDAY + wait


@given(st.integers(0, 31 * 86400), st.integers(5, 31 * 1440))
def test_a_publisher_is_never_visited_before_the_time(seconds, minutes):
    """Up to a day; and our own interval is kept to nine tenths at least."""
    headers = {"cache-control": f"max-age={seconds}"}

    wait = freshness.next_visit(headers, minutes * MINUTE, TUESDAY) - TUESDAY

    assert wait >= min(seconds * SECOND, DAY)
    assert wait >= minutes * MINUTE * 0.9


def test_L16_patience_grows_to_a_day():
    """1, 2, 4 ... hours, a little early as every own interval; a day from the sixth failure on."""
    waits = [freshness.next_try(failures, TUESDAY) - TUESDAY for failures in (1, 2, 3, 4, 5, 6, 7, 50, 10**9)]

    assert [wait / 0.9 / HOUR for wait in waits] == pytest.approx([1, 2, 4, 8, 16, 24, 24, 24, 24])


def test_L16_a_month_of_failures_costs_few_requests():
    """A feed that fails for 30 days is asked at most 60 times by an hourly cron job."""
    now, asked, remembered = TUESDAY, 0, state()
    while now < TUESDAY + 30 * DAY:
        if freshness.is_due(remembered, now):
            asked += 1
            remembered = state(poll_after=freshness.next_try(asked, now))
        now += HOUR

    assert 30 <= asked <= 60


DUE = {
    # What is remembered, whether the schedule says so, whether even --force must not.
    "never visited": (state(), True, False),
    "the time has come": (state(poll_after=TUESDAY), True, False),
    "the time is past": (state(poll_after=TUESDAY - DAY), True, False),
    "not yet": (state(poll_after=TUESDAY + SECOND), False, False),
    "in a month": (state(poll_after=TUESDAY + 31 * DAY), False, False),
    "a clock was wrong, a year ahead": (state(poll_after=TUESDAY + 365 * DAY), True, False),
    "gone": (state(gone_since=TUESDAY - DAY), False, True),
    "gone, although the time has come": (state(gone_since=TUESDAY - DAY, poll_after=TUESDAY - HOUR), False, True),
    "held by the server": (state(hold_until=TUESDAY + HOUR, poll_after=TUESDAY + HOUR), False, True),
    "no longer held": (state(hold_until=TUESDAY, poll_after=TUESDAY), True, False),
    "held by a clock that was wrong": (state(hold_until=TUESDAY + 365 * DAY), True, False),
}


@pytest.mark.parametrize(("remembered", "due", "held"), DUE.values(), ids=DUE)
def test_due(remembered, due, held):
    assert freshness.is_due(remembered, TUESDAY) is due
    assert freshness.is_held(remembered, TUESDAY) is held


@given(TIMES, TIMES, st.integers(0, 100))
@example(TUESDAY, TUESDAY + 3650 * DAY, 1)
def test_I11_a_clock_that_jumps_loses_no_feed(first, second, failures):
    """Whatever a clock said when a feed was last visited, by another clock it is due within a month."""
    for after in (freshness.next_try(failures, first), freshness.next_visit({}, HOUR, first)):
        remembered = state(poll_after=after, hold_until=after)

        assert freshness.is_due(remembered, second) or freshness.is_due(remembered, second + 31 * DAY)
        assert not (freshness.is_held(remembered, second) and freshness.is_held(remembered, second + 31 * DAY))


def test_an_hourly_cron_job_visits_hourly():
    """Although each run starts a little later, or earlier, in the hour than the one before."""
    remembered = state()
    for hour, late in enumerate((0, 40, 3, 55, 20, 0)):
        now = TUESDAY + hour * HOUR + late * SECOND

        assert freshness.is_due(remembered, now)
        remembered = state(poll_after=freshness.next_visit({}, HOUR, now))
        assert not freshness.is_due(remembered, now + 50 * MINUTE)


HTTP_DATES = {
    "RFC 9110": ("Mon, 09 Dec 2019 08:00:00 GMT", datetime(2019, 12, 9, 8, tzinfo=UTC)),
    "RFC 850": ("Monday, 09-Dec-19 08:00:00 GMT", datetime(2019, 12, 9, 8, tzinfo=UTC)),
    "asctime": ("Mon Dec  9 08:00:00 2019", datetime(2019, 12, 9, 8, tzinfo=UTC)),
    "an offset": ("Mon, 09 Dec 2019 08:00:00 +0100", datetime(2019, 12, 9, 7, tzinfo=UTC)),
    "garbage": ("soon", None),
    "nothing": ("", None),
    "a day that there is not": ("Mon, 32 Dec 2019 08:00:00 GMT", None),
    "a year that there is not": ("Mon, 09 Dec 99999 08:00:00 GMT", None),
}


@pytest.mark.parametrize(("value", "time"), HTTP_DATES.values(), ids=HTTP_DATES)
def test_http_date(value, time):
    assert freshness.http_date(value) == time
