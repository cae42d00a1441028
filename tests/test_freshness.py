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
    "GitHub's way": (403, "60", timedelta(minutes=1)),
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


EPOCH = int(TUESDAY.timestamp())
USED_UP = {
    # What is left of a limit, when it is filled again, for how long we stay away.
    "nothing left": ("0", str(EPOCH + 900), timedelta(minutes=15)),
    "with blanks": (" 0 ", f" {EPOCH + 900} ", timedelta(minutes=15)),
    "something left": ("1", str(EPOCH + 900), None),
    "filled again by now": ("0", str(EPOCH), None),
    "seconds from now, as others count": ("0", "900", None),
    "a year ahead": ("0", str(EPOCH + 365 * 86_400), 31 * DAY),
    "more than any time": ("0", "9" * 30, None),
    "the last of eleven figures": ("0", "9" * 11, 31 * DAY),
    "no time": ("0", "soon", None),
    "nothing said": ("", "", None),
}


@pytest.mark.parametrize(("left", "reset", "wait"), USED_UP.values(), ids=USED_UP)
@pytest.mark.parametrize("status", [200, 403, 429])
def test_L05_a_rate_limit_that_is_used_up(status, left, reset, wait):
    """By the headers of GitHub, whatever the answer was; Retry-After goes before them."""
    headers = {"x-ratelimit-remaining": left, "x-ratelimit-reset": reset}

    assert freshness.retry_after(status, headers, TUESDAY) == (None if wait is None else TUESDAY + wait)
    assert freshness.retry_after(429, headers | {"retry-after": "60"}, TUESDAY) == TUESDAY + timedelta(minutes=1)


def test_L05_a_good_answer_that_used_a_limit_up_is_the_last_until_it_is_filled_again():
    """A day at most; where that is sooner than our own interval, it changes nothing."""
    answers = (("0", 7200), ("1", 7200), ("0", 60), ("0", 400_000))
    said = [{"x-ratelimit-remaining": left, "x-ratelimit-reset": str(EPOCH + wait)} for left, wait in answers]

    found = [freshness.next_visit(headers, None, HOUR, TUESDAY) for headers in said]

    assert found == [TUESDAY + wait for wait in (2 * HOUR, 54 * MINUTE, 54 * MINUTE, DAY)]


MAX_AGE = {
    "seconds": ("max-age=600", 600),
    "among others": ("public, max-age=600, must-revalidate", 600),
    "in capitals, with blanks": ("Max-Age = 600", 600),
    "in quotes, which are not allowed": ('max-age="600"', 600),
    "that of shared caches is not ours": ("s-maxage=600", 0),
    "nor is what only ends so": ("x-max-age=600", 0),
    "the first of two": ("max-age=60, max-age=600", 60),
    "zero": ("max-age=0", 0),
    "more than any": ("max-age=999999999999", 10**9),
    "less than nothing": ("max-age=-1", 0),
    "words": ("max-age=soon", 0),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("value", "seconds"), MAX_AGE.values(), ids=MAX_AGE)
def test_max_age(value, seconds):
    assert freshness.lifetime({"cache-control": value}, TUESDAY) == seconds * SECOND


NOON = "Tue, 10 Dec 2019 12:00:00 GMT"
EXPIRES = {
    # What the head says (at ten o'clock), for how many seconds the answer stays fresh.
    "until noon": ({"expires": NOON}, 7200),
    "until noon, by a clock that is an hour ahead": ({"expires": NOON, "date": "Tue, 10 Dec 2019 11:00:00 GMT"}, 3600),
    "until noon, by a clock that is a year behind": (
        {"expires": "Mon, 10 Dec 2018 12:00:00 GMT", "date": "Mon, 10 Dec 2018 10:00:00 GMT"},
        7200,
    ),
    "with a date that is none": ({"expires": NOON, "date": "today"}, 7200),
    "until what is past": ({"expires": "Tue, 10 Dec 2019 09:00:00 GMT"}, 0),
    "0, as many write it": ({"expires": "0"}, 0),
    "less than nothing": ({"expires": "-1"}, 0),
    "max-age is asked first": ({"expires": NOON, "cache-control": "max-age=60"}, 60),
    "though it says nothing": ({"expires": NOON, "cache-control": "max-age=0"}, 0),
    "what is no max-age leaves it": ({"expires": NOON, "cache-control": "public"}, 7200),
    "max-age less the time in a cache": ({"cache-control": "max-age=600", "age": "500"}, 100),
    "older than it may be": ({"cache-control": "max-age=600", "age": "601"}, 0),
    "an age that is none": ({"cache-control": "max-age=600", "age": "-5"}, 600),
    "an age in another script": ({"cache-control": "max-age=600", "age": "٥"}, 600),
    "an age without end": ({"cache-control": "max-age=600", "age": "9" * 40}, 600),
}


@pytest.mark.parametrize(("headers", "seconds"), EXPIRES.values(), ids=EXPIRES)
def test_L15_lifetime(headers, seconds):
    assert freshness.lifetime(headers, TUESDAY) == seconds * SECOND


HEAD = st.fixed_dictionaries({}, optional=dict.fromkeys(("cache-control", "expires", "date", "age"), st.text()))


@given(HEAD, st.none() | st.integers(0, 10**12), TIMES)
@example({"expires": "Fri, 31 Dec 9999 23:59:59 GMT", "date": "Mon, 01 Jan 0001 00:00:00 GMT"}, None, TUESDAY)
def test_no_head_breaks_a_poll(headers, ttl, now):
    """Whatever an answer says, the next visit is within a day, and not before our own interval but for a tenth."""
    assert 54 * MINUTE <= freshness.next_visit(headers, ttl, HOUR, now) - now <= DAY


NEXT = {
    # What max-age is, and the document's ttl, in seconds; our interval; when we come back.
    "our own interval, a little early": (0, None, HOUR, 54 * MINUTE),
    "a publisher's longer one, exactly": (7200, None, HOUR, 2 * HOUR),
    "a shorter one does not bring us sooner": (60, None, HOUR, 54 * MINUTE),
    "one between the two is kept": (3500, None, HOUR, 3500 * SECOND),
    "a day at most": (31536000, None, HOUR, DAY),
    "our own may be longer than a day": (600, None, 7 * DAY, 6.3 * DAY),
    "and a publisher's year does not make it shorter": (31536000, None, 7 * DAY, 6.3 * DAY),
    "a ttl in the document, exactly": (0, 7200, HOUR, 2 * HOUR),
    "the longer of both": (7200, 10800, HOUR, 3 * HOUR),
    "the longer of both, which is the head's": (10800, 7200, HOUR, 3 * HOUR),
    "a ttl of a week is a day": (0, 7 * 86400, HOUR, DAY),
    "a ttl of a minute does not bring us sooner": (0, 60, HOUR, 54 * MINUTE),
}


@pytest.mark.parametrize(("max_age", "ttl", "interval", "wait"), NEXT.values(), ids=NEXT)
def test_L15_next_visit(max_age, ttl, interval, wait):
    headers = {"cache-control": f"max-age={max_age}"} if max_age else {}

    assert freshness.next_visit(headers, ttl, interval, TUESDAY) == TUESDAY + wait


@given(st.integers(0, 31 * 86400), st.integers(0, 31 * 86400), st.integers(5, 31 * 1440))
def test_a_publisher_is_never_visited_before_the_time(seconds, ttl, minutes):
    """Up to a day; and our own interval is kept to nine tenths at least."""
    headers = {"cache-control": f"max-age={seconds}"}

    wait = freshness.next_visit(headers, ttl, minutes * MINUTE, TUESDAY) - TUESDAY

    assert wait >= min(max(seconds, ttl) * SECOND, DAY)
    assert wait >= minutes * MINUTE * 0.9


LEARNED = {
    # How long ago the last news were, and how far they lie apart; our interval, and what comes of it.
    "no news yet": (None, None, HOUR, HOUR),
    "news now, for the first time": (timedelta(), None, HOUR, HOUR),
    "a feed of every day": (timedelta(), DAY, HOUR, HOUR),
    "a feed of every other day": (timedelta(), 2 * DAY, HOUR, 2 * HOUR),
    "a feed of every week is visited every six hours": (timedelta(), 7 * DAY, HOUR, 6 * HOUR),
    "however seldom it has news": (timedelta(), 365 * DAY, HOUR, 6 * HOUR),
    "silent for longer than usual": (4 * DAY, 2 * DAY, HOUR, 4 * HOUR),
    "silent for less than usual": (2 * HOUR, 4 * DAY, HOUR, 4 * HOUR),
    "feeds.yaml asks for less": (timedelta(), 2 * DAY, DAY, DAY),
    "news from a clock that was ahead": (-DAY, None, HOUR, HOUR),
}


@pytest.mark.parametrize(("ago", "gap", "usual", "interval"), LEARNED.values(), ids=LEARNED)
def test_an_interval_is_learned(ago, gap, usual, interval):
    """A feed is visited some twenty times between two news, hourly at most and every six hours at least."""
    news_at = None if ago is None else TUESDAY - ago
    remembered = state(news_at=news_at, news_gap=None if gap is None else int(gap.total_seconds()))

    assert freshness.interval(remembered, usual, TUESDAY) == interval


def test_the_gap_between_news_follows_the_feed_slowly():
    """The first two news say how far they lie apart; each one after them counts for a quarter."""
    gaps, remembered, now = [], state(), TUESDAY
    for days in (0, 4, 4, 8, 0):
        now += days * DAY
        gaps.append(freshness.news_gap(remembered, now))
        remembered = state(news_at=now, news_gap=gaps[-1])

    assert gaps == [None, 4 * 86400, 4 * 86400, 5 * 86400, 3.75 * 86400]
    assert freshness.news_gap(state(news_at=TUESDAY + DAY), TUESDAY) == 0


def test_L16_patience_grows_to_a_day():
    """1, 2, 4 ... hours, a little early as every own interval; never more than a day and a quarter."""
    waits = [freshness.next_try(failures, TUESDAY) - TUESDAY for failures in (1, 2, 3, 4, 5, 6, 7, 50, 10**9)]

    assert [wait / HOUR for wait in waits] == pytest.approx([0.9, 1.8, 3.6, 7.2, 14.4, 28.8, 30, 30, 30])


def test_L16_a_month_of_failures_costs_few_requests():
    """A feed that fails for 30 days is asked at most 30 times by an hourly cron job, and is not forgotten."""
    now, asked, remembered = TUESDAY, 0, state()
    while now < TUESDAY + 30 * DAY:
        if freshness.is_due(remembered, now):
            asked += 1
            remembered = state(poll_after=freshness.next_try(asked, now))
        now += HOUR

    assert 24 <= asked <= 30


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
    "paused by an editor": (state(paused_until=TUESDAY + 400 * DAY), True, True),
    "no longer paused": (state(paused_until=TUESDAY), True, False),
}


@pytest.mark.parametrize(("remembered", "due", "held"), DUE.values(), ids=DUE)
def test_due(remembered, due, held):
    assert freshness.is_due(remembered, TUESDAY) is due
    assert freshness.is_held(remembered, TUESDAY) is held


@given(TIMES, TIMES, st.integers(0, 100))
@example(TUESDAY, TUESDAY + 3650 * DAY, 1)
def test_I11_a_clock_that_jumps_loses_no_feed(first, second, failures):
    """Whatever a clock said when a feed was last visited, by another clock it is due within a month."""
    for after in (freshness.next_try(failures, first), freshness.next_visit({}, None, HOUR, first)):
        remembered = state(poll_after=after, hold_until=after)

        assert freshness.is_due(remembered, second) or freshness.is_due(remembered, second + 31 * DAY)
        assert not (freshness.is_held(remembered, second) and freshness.is_held(remembered, second + 31 * DAY))


def test_an_hourly_cron_job_visits_hourly():
    """Although each run starts a little later, or earlier, in the hour than the one before."""
    remembered = state()
    for hour, late in enumerate((0, 40, 3, 55, 20, 0)):
        now = TUESDAY + hour * HOUR + late * SECOND

        assert freshness.is_due(remembered, now)
        remembered = state(poll_after=freshness.next_visit({}, None, HOUR, now))
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
