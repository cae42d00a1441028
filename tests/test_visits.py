"""A feed's next state after a visit: moves, gaps, schedule, holds; no visit leaves a feed that is never due again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import TUESDAY
from hypothesis import example, given
from hypothesis import strategies as st

from feedhub.model.document import Head
from feedhub.model.feed import Counts, Failed, Feed, FeedState, Fetched, Found, Gone, Poll, Unchanged, Validators
from feedhub.rules import freshness, visits

OLD, NEW, OTHER = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STATE = FeedState(1, Feed("a", OLD))
KNOWN = replace(STATE, known_since=TUESDAY)


def fetched(**head) -> Fetched:
    """Return a document that was read, with this in its head."""
    return Fetched(Head(**head), (), "rss20")


def visited(state, outcome=None, at=TUESDAY, counts=None, gap=False, held=False, **poll) -> FeedState:
    """Return a feed's state after a visit; without a word about it, the document was fetched and had nothing new."""
    poll = {"status": 200, **poll}
    return visits.after(Poll(state, at, outcome or fetched(), **poll), Found(counts or Counts(), gap, held), HOUR)


MOVES = {
    # What each visit came to (where permanent redirects led; "" to the address itself, None: it failed); then what is
    # proposed, and what is visited.
    "no redirect": (["", ""], None, OLD),
    "one, for the first time": ([NEW], NEW, OLD),
    "twice": ([NEW, NEW], NEW, OLD),
    "F11: three times in a row": ([NEW, NEW, NEW], NEW, NEW),
    "and at the new address there is nothing to follow": ([NEW, NEW, NEW, "", ""], NEW, NEW),
    "taken back before the third": ([NEW, NEW, ""], None, OLD),
    "and begun again": ([NEW, NEW, "", NEW, NEW], NEW, OLD),
    "F12: to and fro": ([NEW, OTHER] * 4, OTHER, OLD),
    "to and fro with rests": ([NEW, "", NEW, "", NEW], NEW, OLD),
    "the new address fails once: the old one is asked": ([NEW, NEW, NEW, "", None], None, OLD),
    "and leads there again": ([NEW, NEW, NEW, None, NEW], NEW, OLD),
    "a failure in between is no poll in a row": ([NEW, NEW, None, NEW], NEW, OLD),
    "the new address moves on, which is not sure yet": ([NEW, NEW, NEW, OTHER, OTHER], OTHER, NEW),
    "and is, after three polls": ([NEW, NEW, NEW, OTHER, OTHER, OTHER], OTHER, OTHER),
}


@pytest.mark.parametrize(("led_to", "proposed", "address"), MOVES.values(), ids=MOVES)
def test_L09_moves(led_to, proposed, address):
    """A permanent redirect is proposed at once and followed after three polls in a row; feeds.yaml stays as it is."""
    state = STATE
    for hour, goal in enumerate(led_to):
        outcome = Failed("HTTP 404") if goal is None else None
        state = visited(state, outcome, TUESDAY + hour * HOUR, moved_to=goal or None)

    assert (state.proposed_url, state.address, state.feed.url) == (proposed, address, OLD)
    assert (state.moved_since is None) is (proposed is None)
    assert (state.state == "moved") is (proposed is not None and led_to[-1] is not None)


def test_a_move_is_old_as_its_first_redirect():
    """Polls that say the same again do not make it younger; another address is another move."""
    state = STATE
    since = []
    for hour, goal in enumerate([NEW, NEW, NEW, OTHER]):
        state = visited(state, at=TUESDAY + hour * HOUR, moved_to=goal)
        since.append(state.moved_since)

    assert since == [TUESDAY] * 3 + [TUESDAY + 3 * HOUR]


def test_a_304_counts_as_a_poll_that_was_led_away():
    """Most polls are 304s."""
    state = STATE
    for _ in range(3):
        state = visited(state, Unchanged(), status=304, moved_to=NEW)

    assert state.address == NEW


def test_gone_forgets_where_it_led():
    """F11, redir-301-to-gone: what is gone was reached by a redirect, which proves nothing of the redirect."""
    state = visited(visited(STATE, moved_to=NEW), Gone(), status=410, moved_to=NEW)

    assert (state.state, state.gone_since, state.address, state.proposed_url) == ("gone", TUESDAY, OLD, None)


GAPS = {
    # Days of the visits that found no overlap, the day of the last visit, since when the gap is.
    "none": ([], 1, None),
    "now": ([1], 1, 1),
    "kept": ([1], 3, 1),
    "kept for almost a week": ([1], 7.9, 1),
    "let go after a week": ([1], 8, None),
    "another one": ([1, 3], 5, 3),
}


@pytest.mark.parametrize(("found", "last", "since"), GAPS.values(), ids=GAPS)
def test_I12_a_gap_is_kept_for_a_week(found, last, since):
    state = STATE
    for day in sorted({0, *found, last}):
        state = visited(state, at=TUESDAY + day * DAY, gap=day in found)

    assert state.gap_since == (None if since is None else TUESDAY + since * DAY)


LAST_MODIFIED = "Tue, 10 Dec 2019 10:00:00 GMT"
VALIDATORS = {
    "a 200 with both": ({"etag": '"2"', "last-modified": LAST_MODIFIED}, 200, ('"2"', LAST_MODIFIED)),
    "what no server may send": ({"etag": '"a"b"', "last-modified": "yesterday"}, 200, (None, None)),
    "a 200 with one drops the other": ({"etag": '"2"'}, 200, ('"2"', None)),
    "a 200 with none": ({}, 200, (None, None)),
    "a 304 with none": ({}, 304, ('"1"', "then")),
    "a 304 with one keeps the other": ({"etag": 'W/"2"'}, 304, ('W/"2"', "then")),
}


@pytest.mark.parametrize(("headers", "status", "expected"), VALIDATORS.values(), ids=VALIDATORS)
def test_L03_validators(headers, status, expected):
    known = replace(STATE, validators=Validators('"1"', "then"), body_hash="1")
    outcome = Unchanged() if status == 304 else None

    found = visited(known, outcome, status=status, headers=headers).validators

    assert (found.etag, found.last_modified) == expected


def test_F05_a_failure_keeps_what_was_known():
    """Validators, hash, title, ttl, news; it counts, and says since when."""
    known = visited(STATE, fetched(title="A", link=OLD, ttl=7200), headers={"etag": '"1"'}, body_hash="1")

    failed = visited(known, Failed("HTTP 500"), TUESDAY + HOUR, status=500, headers={"etag": '"2"'}, body_hash=None)

    kept = ("validators", "body_hash", "title", "home", "ttl", "known_since", "news_at")
    assert [getattr(failed, name) for name in kept] == [getattr(known, name) for name in kept]
    assert (failed.failures, failed.failing_since, failed.error) == (1, TUESDAY + HOUR, "HTTP 500")
    again = visited(failed, Failed("no connection"), TUESDAY + DAY, status=0)
    assert (again.failures, again.failing_since, again.error) == (2, TUESDAY + HOUR, "no connection")
    well = visited(again, at=TUESDAY + 2 * DAY)
    assert (well.failures, well.failing_since, well.error, well.hold_until) == (0, None, None, None)


def test_news_are_remembered_by_the_first_document_and_by_what_is_new():
    """The first document is no news, it only begins the count; changes are none either."""
    first = visited(STATE, counts=Counts(new=9, backlog=4))
    quiet = visited(first, at=TUESDAY + DAY, counts=Counts(changed=1))
    news = visited(quiet, at=TUESDAY + 3 * DAY, counts=Counts(new=1))

    assert (first.known_since, first.news_at, first.news_gap) == (TUESDAY, TUESDAY, None)
    assert (quiet.news_at, quiet.news_gap) == (TUESDAY, None)
    assert (news.known_since, news.news_at, news.news_gap) == (TUESDAY, TUESDAY + 3 * DAY, 3 * 86400)


WHEN = {
    # The state before, the outcome, status and headers; hours until the next visit.
    "our own interval": (STATE, None, 200, {}, 0.9),
    "a ttl of the document": (STATE, fetched(ttl=2 * 3600), 200, {}, 2.0),
    "the ttl of the last document, after a 304": (replace(STATE, ttl=3 * 3600), Unchanged(), 304, {}, 3.0),
    "a ttl that the document has no more": (replace(STATE, ttl=3 * 3600), fetched(), 200, {}, 0.9),
    "the head": (STATE, None, 200, {"cache-control": "max-age=7200"}, 2.0),
    "an interval that was learned": (
        replace(STATE, known_since=TUESDAY, news_at=TUESDAY - 4 * DAY),
        None,
        200,
        {},
        3.6,
    ),
    "a failure": (STATE, Failed("HTTP 500"), 500, {}, 0.9),
    "the fourth failure": (replace(STATE, failures=3), Failed("HTTP 500"), 500, {}, 7.2),
    "a failure says nothing of freshness": (STATE, Failed("HTTP 500"), 500, {"cache-control": "max-age=9999"}, 0.9),
    "L05: a hold": (STATE, Failed("HTTP 429"), 429, {"retry-after": "7200"}, 2.0),
    "a hold shorter than our patience": (STATE, Failed("HTTP 503"), 503, {"retry-after": "60"}, 0.9),
}


@pytest.mark.parametrize(("before", "outcome", "status", "headers", "hours"), WHEN.values(), ids=WHEN)
def test_L15_when_to_come_back(before, outcome, status, headers, hours):
    """A publisher's statement to the second; our own figures a tenth early."""
    assert visited(before, outcome, status=status, headers=headers).poll_after == TUESDAY + hours * HOUR


def test_L05_a_good_answer_ends_a_hold():
    """So does a failure without a word about it; a new Retry-After replaces the old one."""
    held = replace(STATE, hold_until=TUESDAY, poll_after=TUESDAY, failures=1)

    assert visited(held).hold_until is visited(held, Unchanged(), status=304).hold_until is None
    assert visited(held, Failed("HTTP 500"), status=500).hold_until is None
    again = visited(held, Failed("HTTP 503"), status=503, headers={"retry-after": "60"})
    assert (again.hold_until, again.state) == (TUESDAY + HOUR / 60, "failing")


def test_a_visit_ends_a_pause():
    """It comes after its end only; no pause stands in the way of the next visits."""
    assert visited(replace(STATE, paused_until=TUESDAY)).paused_until is None


MOMENTS = st.datetimes(TUESDAY.replace(tzinfo=None), (TUESDAY + 800 * DAY).replace(tzinfo=None)).map(
    lambda time: time.replace(tzinfo=TUESDAY.tzinfo)
)
OUTCOMES = st.one_of(
    st.builds(fetched, ttl=st.none() | st.integers(0, 10**9)), st.just(Unchanged()), st.just(Failed("HTTP 500"))
)
STATES = st.builds(
    replace,
    st.just(STATE),
    failures=st.integers(0, 10**6),
    failing_since=st.none() | MOMENTS,
    ttl=st.none() | st.integers(0, 10**9),
    news_at=st.none() | MOMENTS,
    news_gap=st.none() | st.integers(0, 10**9),
    gap_since=st.none() | MOMENTS,
    proposed_url=st.none() | st.just(NEW),
    moved_polls=st.integers(0, 5),
)
HEADERS = st.dictionaries(
    st.sampled_from(["cache-control", "expires", "date", "age", "retry-after", "etag"]),
    st.text() | st.integers(-1, 10**12).map(lambda number: f"max-age={number}") | st.integers(-1, 10**12).map(str),
)


@given(STATES, OUTCOMES, st.sampled_from([0, 200, 304, 429, 500, 503]), HEADERS, MOMENTS, st.booleans())
@example(STATE, Failed("HTTP 429"), 429, {"retry-after": "9" * 30}, TUESDAY, False)
def test_L19_no_visit_makes_a_feed_never_due_again(state, outcome, status, headers, at, gap):
    """Only a 410 does: anything else leaves it due within 30 hours, or when the hold of a month at most is over."""
    after = visited(state, outcome, at, gap=gap, status=status, headers=headers)

    limit = max(at + 30 * HOUR, after.hold_until or at)
    assert at < after.poll_after <= limit <= at + 31 * DAY
    assert freshness.is_due(after, limit)
    assert not freshness.is_held(after, limit)
    assert after.checked == at


def test_trying_again_by_hand_makes_nothing_wait_longer():
    """A failure before its time came is no further step; one after it is."""
    failing = visited(STATE, Failed("HTTP 500"), status=500)

    again = visited(failing, Failed("HTTP 500"), status=500, at=TUESDAY + HOUR / 60)
    later = visited(failing, Failed("HTTP 500"), status=500, at=TUESDAY + 2 * HOUR)

    assert (failing.failures, again.failures, later.failures) == (1, 1, 2)
