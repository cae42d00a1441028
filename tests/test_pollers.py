"""Polling feeds: which are due, what is asked, what came of it and what is remembered. The internet is a dict here."""

from dataclasses import replace

import pytest
from conftest import HUB, TUESDAY, item, make_hub, rss
from polling import HOUR, URL, A, Polling, answer

from feedhub.errors import ConfigurationError, UnknownNameError
from feedhub.model.feed import Counts, Failed, Feed, FeedState, Fetched, Gone, NoResponse, Response, Unchanged
from feedhub.pollers import feeds as pollers
from feedhub.rules import identity
from feedhub.store import feeds, stories
from feedhub.store.connection import rows, writing
from feedhub.store.stories import Filter

LAST_MODIFIED = "Mon, 09 Dec 2019 08:00:00 GMT"


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


def asked_with(internet):
    """Return the validators of the last request."""
    headers = dict(internet.asked[-1].headers)
    return headers.get("If-None-Match"), headers.get("If-Modified-Since")


def state(store, name="a"):
    """Return what is remembered of a feed."""
    (found,) = feeds.states(store, [Feed(name, URL)])
    return found


def titles(store):
    """Return the titles of all stories, as they are numbered."""
    return [story.title for story in sorted(stories.find(store, Filter()), key=lambda story: story.number)]


def test_what_is_new_is_new_once(store, internet, poll):
    """Over three polls an entry is new, then known; one that says something else has changed; one left out is gone."""
    internet[URL] = answer(item(2), item(1))
    first = poll(0)
    internet[URL] = answer(item(3), item(2, "Corrected"), item(1))
    second = poll(1)
    internet[URL] = answer(item(3), item(2, "Corrected"), "\n")
    third = poll(2)

    assert isinstance(first["a"].poll.outcome, Fetched)
    assert [each["a"].counts for each in (first, second, third)] == [
        Counts(new=2),
        Counts(new=1, changed=1),
        Counts(gone=1),
    ]
    assert titles(store) == ["Entry 1", "Corrected", "Entry 3"]


def test_an_entry_that_comes_back_is_not_new(store, internet, poll):
    """What vanished is remembered as gone, and what comes back is what it was."""
    internet[URL] = answer(item(2), item(1))
    poll(0)
    internet[URL] = answer(item(2))
    poll(1)
    (gone,) = stories.find(store, Filter(among=(1,)))
    internet[URL] = answer(item(1), item(2))

    back = poll(2)

    assert gone.entries[0].gone_since == TUESDAY + HOUR
    assert back["a"].counts == Counts()
    assert [story.entries[0].gone_since for story in stories.find(store, Filter())] == [None, None]


def test_validators_are_sent_as_they_were_given(internet, poll):
    """To the letter, weak or strange; the first visit has none to send."""
    internet[URL] = answer(item(1), etag='W/"a b"', last_modified=LAST_MODIFIED)
    poll(0)
    first = asked_with(internet)
    internet[URL] = Response(304)

    second = poll(1)

    assert first == (None, None)
    assert asked_with(internet) == ('W/"a b"', LAST_MODIFIED)
    assert second["a"].poll.outcome == Unchanged("status")


RENEWALS = {
    "a 304 that says nothing keeps both": (Response(304), ('"1"', LAST_MODIFIED)),
    "a 304 with another ETag renews it": (Response(304, headers={"etag": '"2"'}), ('"2"', LAST_MODIFIED)),
    "the same body with another ETag renews it": (answer(item(1), etag='"2"'), ('"2"', None)),
    "a 200 with none drops both": (answer(item(1), item(2)), (None, None)),
    "an error keeps both": (Response(500, headers={"etag": '"2"'}), ('"1"', LAST_MODIFIED)),
    "no answer keeps both": (NoResponse("cut off before its end"), ('"1"', LAST_MODIFIED)),
    "a page that is no feed keeps both": (
        Response(200, URL, {"etag": '"2"'}, b"<!doctype html><title>Sorry</title>"),
        ('"1"', LAST_MODIFIED),
    ),
    "a feed that is empty now keeps both": (answer(etag='"2"'), ('"1"', LAST_MODIFIED)),
}


@pytest.mark.parametrize(("then", "expected"), RENEWALS.values(), ids=RENEWALS)
def test_F05_validators(internet, poll, then, expected):
    """Validators are those of the last good answer."""
    internet[URL] = answer(item(1), etag='"1"', last_modified=LAST_MODIFIED)
    poll(0)
    internet[URL] = then
    poll(1, force=True)

    poll(30, force=True)

    assert asked_with(internet) == expected


def test_the_same_body_is_not_read_again(store, internet, poll):
    """A server without validators sends everything each time; the same bytes are no news."""
    internet[URL] = answer(item(1))
    poll(0)

    again = poll(1)

    assert again["a"].poll.outcome == Unchanged("bytes")
    assert state(store).checked == TUESDAY + HOUR


def test_a_body_that_older_rules_read_is_read_again(store, internet, poll):
    """The hash of a body carries the version of the rules; with another one it is read, and nothing is new."""
    internet[URL] = answer(item(1))
    poll(0)
    version, dot, digest = state(store).body_hash.partition(".")
    with writing(store):
        store.execute("update feeds set body_hash = ?", [f"{identity.VERSION - 1}.{digest}"])

    again = poll(1)

    assert (version, dot) == (str(identity.VERSION), ".")
    assert isinstance(again["a"].poll.outcome, Fetched)
    assert again["a"].counts == Counts()


def test_F14_not_modified_of_nothing_is_a_failure(store, internet, poll):
    """A 304 to a visitor that has nothing is a broken server, and no feed that is fine."""
    internet[URL] = Response(304, headers={"etag": '"1"'})

    found = poll(0)

    assert found["a"].poll.outcome == Failed("304 Not Modified, but nothing was ever fetched")
    assert (state(store).state, state(store).validators.etag) == ("failing", None)


def test_gone_is_for_good(store, internet, poll):
    """A 410 is believed: never again, not by name and not by force; its stories stay."""
    internet[URL] = answer(item(1))
    poll(0)
    internet[URL] = Response(410)

    found = poll(1)

    assert found["a"].poll.outcome == Gone()
    assert (state(store).state, state(store).gone_since) == ("gone", TUESDAY + HOUR)
    assert poll(10_000) == poll(10_000, force=True) == poll(10_000, "a", force=True) == {}
    assert titles(store) == ["Entry 1"]


def test_a_feed_that_is_gone_is_visited_at_its_new_address(internet, poll):
    """What one address said does not hold for another one."""
    internet[URL] = Response(410)
    poll(0)
    internet["https://b.example/feed"] = answer(item(1))

    found = poll(1, feeds="  - {name: a, url: 'https://b.example/feed'}\n")

    assert found["a"].counts == Counts(new=1)


@pytest.mark.parametrize(
    "broken", [Response(404), Response(500), NoResponse("no connection")], ids=["404", "500", "none"]
)
def test_patience_grows_with_failures(store, internet, poll, broken):
    """After 1, 2, 3 ... failures a feed is left alone for 1, 2, 4 ... hours, 30 at most; a good answer ends it."""
    internet[URL] = broken
    waits, now = [], 0.0
    for _ in range(7):
        (done,) = poll(now).values()
        waits.append((done.after.poll_after - done.poll.at) / HOUR)
        assert poll(now + waits[-1] * 0.99) == {}
        now += waits[-1]
    failing = state(store)
    internet[URL] = answer(item(1))
    poll(now)

    assert waits == pytest.approx([0.9 * hours for hours in (1, 2, 4, 8, 16, 32, 30 / 0.9)], rel=1e-3)
    assert (failing.failures, failing.failing_since, failing.state) == (7, TUESDAY, "failing")
    assert failing.error == done.poll.outcome.reason
    assert (state(store).failures, state(store).failing_since, state(store).error) == (0, None, None)


HOLDS = {
    "503 and seconds": (503, "7200", 2),
    "429 and seconds": (429, "7200", 2),
    "503 and a date": (503, "Tue, 10 Dec 2019 15:00:00 GMT", 5),
    "longer than a month is a month": (503, "999999999", 31 * 24),
    "shorter than our own patience": (503, "60", 1 / 60),
    "a date in the past": (503, "Tue, 10 Dec 2019 09:00:00 GMT", None),
    "no time at all": (429, "soon", None),
    "another status has no say": (404, "7200", None),
}


@pytest.mark.parametrize(("status", "stated", "hours"), HOLDS.values(), ids=HOLDS)
def test_a_server_that_says_when_is_obeyed(store, internet, poll, status, stated, hours):
    """Retry-After holds against force too, until its time; our own patience only without force."""
    internet[URL] = Response(status, headers={"retry-after": stated})
    poll(0)
    internet[URL] = answer(item(1))

    assert state(store).hold_until == (None if hours is None else TUESDAY + hours * HOUR)
    assert poll(max(hours or 0, 0.9) - 0.01) == {}
    if hours is not None:
        assert poll(hours - 0.01, force=True) == {}
    assert poll(hours or 0.01, force=True)["a"].counts.new == 1
    assert state(store).hold_until is None


ONCE = {
    "an HTML page": (
        Response(200, URL, {}, b"<!doctype html><title>Sorry</title>"),
        "this is an HTML page, not a feed",
    ),
    "an empty feed": (answer(), "the feed is empty now; its entries are kept"),
    "an empty body": (Response(200, URL, {}, b""), "the body is empty"),
    "half a document": (Response(200, URL, {}, rss(item(1)).encode()[:60]), "the document is broken"),
    "no content": (Response(204), "HTTP 204"),
    "a part": (Response(206, URL, {}, rss(item(1)).encode()), "HTTP 206"),
}


@pytest.mark.parametrize(("once", "reason"), ONCE.values(), ids=ONCE)
def test_F13_a_feed_that_is_broken_once_loses_nothing(store, internet, poll, once, reason):
    """It failed, its entries are not gone, and the next good answer brings nothing new."""
    internet[URL] = answer(item(2), item(1))
    poll(0)
    internet[URL] = once
    broken = poll(1)
    since = state(store).failing_since
    internet[URL] = answer(item(3), item(2), item(1))

    back = poll(30)

    assert broken["a"].poll.outcome.reason.startswith(reason)
    assert (broken["a"].counts, since) == (Counts(), TUESDAY + HOUR)
    assert back["a"].counts == Counts(new=1)
    assert state(store).state == "ok"


def test_a_feed_that_was_never_full_may_be_empty(store, internet, poll):
    """A feed starts somewhere."""
    internet[URL] = answer()

    found = poll(0)

    assert isinstance(found["a"].poll.outcome, Fetched)
    assert state(store).state == "ok"


MORE = A + "  - {name: b, url: 'https://b.example/feed'}\n"


def test_feeds_are_due_by_the_schedule(store, internet, poll):
    """Every hour, give or take six minutes; a name picks among those, and force asks for no schedule."""
    internet[URL] = internet["https://b.example/feed"] = Response(404)
    both = poll(0, feeds=MORE).keys()

    assert both == {"a", "b"}
    assert poll(0.89, feeds=MORE) == poll(0.89, "b", feeds=MORE) == {}
    assert poll(0.89, "b", force=True, feeds=MORE).keys() == {"b"}
    assert poll(0.91, feeds=MORE).keys() == {"a"}
    assert poll(0.91, force=True, feeds=MORE).keys() == {"a", "b"}


FRESHNESS = {
    "nothing is said": ({}, 0.9),
    "fresh for a while less than our interval": ({"cache_control": "max-age=60"}, 0.9),
    "fresh for longer": ({"cache_control": "public, max-age=7200"}, 2.0),
    "fresh for longer than a day": ({"cache_control": "max-age=31536000"}, 24.0),
}


@pytest.mark.parametrize(("headers", "hours"), FRESHNESS.values(), ids=FRESHNESS)
def test_a_publisher_may_ask_for_fewer_visits(internet, poll, headers, hours):
    """Cache-Control's max-age counts where it is longer than our interval, up to a day."""
    internet[URL] = answer(item(1), **headers)

    assert poll(0)["a"].after.poll_after == TUESDAY + hours * HOUR


def test_an_unknown_name_is_refused_with_the_nearest(store):
    """Before anything is visited."""
    with pytest.raises(UnknownNameError, match="there is no feed 'kubernets'; did you mean kubernetes"):
        pollers.due([FeedState(1, Feed("kubernetes", URL))], TUESDAY, ["kubernets"])


def test_a_poll_without_a_contact_is_refused(store):
    """Publishers must be able to reach whoever polls them."""
    hub = make_hub(A, HUB.replace("contact:", "# contact:"))

    with pytest.raises(ConfigurationError, match=r"newsletter\.contact is missing") as caught:
        pollers.known(store, hub, TUESDAY)

    assert caught.value.exit_code == 2
    assert feeds.names(store) == frozenset()


def test_L09_a_permanent_redirect_is_followed_after_three_polls(store, internet, poll):
    """Then its goal is asked at once, with the validators that it gave; feeds.yaml's address when that one fails."""
    new = "https://b.example/feed"
    internet[URL] = replace(answer(item(1), etag='"1"'), url=new, moved_to=new)
    asked = []
    for hours in range(4):
        internet[new] = replace(answer(item(1), etag='"1"'), url=new)
        poll(hours)
        asked += [(request.url, dict(request.headers).get("If-None-Match")) for request in internet.asked]
    internet[new] = Response(404)
    poll(4)
    poll(5)

    assert asked == [(URL, None), (URL, '"1"'), (URL, '"1"'), (new, '"1"')]
    assert [request.url for request in internet.asked] == [URL]
    assert (state(store).feed.url, state(store).state) == (URL, "moved")


def test_F11_a_permanent_redirect_is_proposed(store, internet, poll):
    """Where a feed has moved for good is remembered for the editors, who change feeds.yaml; the next answer decides."""
    internet[URL] = replace(answer(item(1)), url="https://b.example/feed", moved_to="https://b.example/feed")
    poll(0)
    proposed = state(store)
    internet[URL] = answer(item(1), item(2))
    poll(1)

    assert (proposed.feed.url, proposed.proposed_url) == (URL, "https://b.example/feed")
    assert state(store).proposed_url is None


def test_I12_a_window_without_overlap_is_noted(store, internet, poll):
    """Nothing is left of what the feed said at the visit before: some of it may have been missed in between."""
    internet[URL] = answer(item(2), item(1))
    poll(0)
    internet[URL] = answer(item(3), item(2))
    poll(1)
    overlap = state(store).gap_since
    internet[URL] = answer(item(9), item(8))

    poll(2)

    assert overlap is None
    assert state(store).gap_since == TUESDAY + 2 * HOUR


def test_the_history_remembers_what_was_something(store, internet, poll):
    """A line for what was new, changed, gone, moved or failed, none for quiet visits; after 400 days it goes."""
    internet[URL] = answer(item(1))
    poll(0)
    poll(1)
    internet[URL] = Response(404)
    poll(2)
    history = rows(store, "select at, outcome, new, error from polls order by id")
    internet[URL] = answer(item(1), item(2))
    poll(24 * 400 + 1.5)

    assert [tuple(row.values()) for row in history] == [
        ("2019-12-10T10:00:00Z", "fetched", 1, None),
        ("2019-12-10T12:00:00Z", "failed", 0, "HTTP 404"),
    ]
    assert [row["outcome"] for row in rows(store, "select outcome from polls order by id")] == ["failed", "fetched"]
