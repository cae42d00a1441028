"""Polling feeds: which entries become one story, what batches are written, and that feeds do not touch each other."""

import itertools
import json
from datetime import UTC, datetime

import pytest
from conftest import TUESDAY, item, make_hub, rss
from polling import HOUR, URL, A, Polling, answer

from feedhub.model.feed import Counts, Failed, Fetched, NoResponse, Response
from feedhub.pollers import feeds as pollers
from feedhub.store import stories
from feedhub.store.connection import rows
from feedhub.store.stories import Filter

OTHER = "https://z.example/feed"
BOTH = f"  - {{name: z, url: '{OTHER}'}}\n{A}"
SAME = "https://z.example/news"


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


def due(store, hub):
    """Return the feeds of a hub that are due."""
    return pollers.due(pollers.known(store, hub, TUESDAY), TUESDAY)


def found(store):
    """Return all stories, as they are numbered."""
    return sorted(stories.find(store, Filter()), key=lambda story: story.number)


SAME_NEWS = {
    "the very link": SAME,
    "another scheme": "http://z.example/news",
    "www": "https://www.z.example/news",
    "a closing slash": "https://z.example/news/",
    "tracking": "https://z.example/news?utm_source=a&amp;utm_medium=rss",
}


@pytest.mark.parametrize("link", SAME_NEWS.values(), ids=SAME_NEWS)
def test_I05_feeds_that_link_to_one_page_tell_one_story(store, internet, poll, link):
    """A planet and the blog itself: one story, told by both."""
    internet[OTHER], internet[URL] = answer(item(1, link=SAME)), answer(item(7, "Planet: news", link=link))

    counts = {name: done.counts for name, done in poll(0, feeds=BOTH).items()}

    (story,) = found(store)
    assert counts == {"a": Counts(new=1), "z": Counts(new=1)}
    assert (story.title, story.feed, story.also) == ("Entry 1", "z", ("a",))
    assert [entry.part for entry in story.entries] == [1, 2]


ARRIVALS = list(itertools.product([[0, 1], [1, 0]], [1, 100]))


@pytest.mark.parametrize(("order", "batch"), ARRIVALS)
def test_the_feed_that_is_listed_first_leads(store, internet, poll, monkeypatch, order, batch):
    """Of feeds that tell it in one poll the first of feeds.yaml is primary, whichever answered or was written first."""
    monkeypatch.setattr(pollers, "_BATCH_POLLS", batch)
    internet[OTHER], internet[URL] = answer(item(1, "Z", link=SAME)), answer(item(7, "A", link=SAME))

    def visit(requests, _):
        answers = list(internet(requests))
        return (answers[place] for place in order)

    poll(0, feeds=BOTH, visit=visit)

    (story,) = found(store)
    assert (story.feed, story.title, story.also) == ("z", "Z", ("a",))
    assert [row["is_primary"] for row in rows(store, "select is_primary from entries")].count(1) == 1


def test_a_feed_that_is_listed_first_since_lately_leads(store, internet, poll):
    """What counts is where feeds.yaml lists a feed now, not when it was listed for the first time."""
    internet[URL] = answer(item(1))
    poll(0)
    internet[OTHER], internet[URL] = answer(item(2, "Z", link=SAME)), answer(item(3, "A", link=SAME))

    poll(1, feeds=BOTH)

    assert found(store)[-1].title == "Z"


def test_whoever_tells_it_later_does_not_lead(store, internet, poll):
    """The story keeps its title when another feed joins in at a later poll, though that one is listed first."""
    elsewhere = "https://third.example/news"
    internet[OTHER], internet[URL] = answer(item(9)), answer(item(7, "A", link=elsewhere))
    poll(0, feeds=BOTH)
    internet[OTHER] = answer(item(1, "Z", link=elsewhere), item(9))

    poll(1, feeds=BOTH)

    story = next(story for story in found(store) if story.also)
    assert (story.feed, story.title, story.also) == ("a", "A", ("z",))


SEVERAL = {
    "a changelog that all entries link to": [item(1, link=SAME), item(2, link=SAME)],
    "the front page": [item(1, link="https://z.example/")],
    "the front page, by its other name": [item(1, link="https://www.z.example/index.html")],
    "no link": [item(1, link="")],
    "a link that leads nowhere on the web": [item(1, link="mailto:ann@z.example")],
}


@pytest.mark.parametrize("items", SEVERAL.values(), ids=SEVERAL)
def test_a_link_that_is_no_page_of_its_own_joins_nothing(store, internet, poll, items):
    """In two feeds, and within one: a false merge would lose an entry."""
    internet[OTHER] = answer(*items)
    internet[URL] = answer(*(one.replace("urn:a:", "urn:b:") for one in items))

    poll(0, feeds=BOTH)

    assert len(found(store)) == 2 * len(items)


def test_places_on_a_page_are_pages_of_their_own(store, internet, poll):
    """changelog.html#v2 is not #v1; #top is only a way to look at the page."""
    internet[OTHER] = answer(item(1, link=f"{SAME}#v1"), item(2, link=f"{SAME}#v2"), item(3, link=SAME))
    internet[URL] = answer(item(7, link=f"{SAME}#v2"), item(8, link=f"{SAME}#top"))

    poll(0, feeds=BOTH)

    assert sorted((story.title, story.also) for story in found(store)) == [
        ("Entry 1", ()),
        ("Entry 2", ("a",)),
        ("Entry 3", ("a",)),
    ]


def test_an_entry_that_was_published_again_joins_its_story_and_leads_it(store, internet, poll):
    """Same title, another id and link, the old one gone: one story whose link is the one that works."""
    old, older = item(20, "Release", link="https://a.example/2019/11/release"), item(1)
    internet[URL] = answer(old, older)
    poll(0)
    internet[URL] = answer(item(21, "Release", link="https://a.example/2019/12/release"), older)

    again = poll(1)

    story = next(story for story in found(store) if story.title == "Release")
    assert again["a"].counts == Counts(new=1, gone=1)
    assert len(found(store)) == 2
    assert [entry.entry.link for entry in story.entries] == [
        "https://a.example/2019/12/release",
        "https://a.example/2019/11/release",
    ]


def test_missing_dates_stay_missing(store, internet, poll):
    """No date becomes now: what the feed did not say, or said so that nobody can mean it, is None."""
    wrong = ["", "yesterday", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"]
    internet[URL] = answer(*(item(number, pubDate=date) for number, date in enumerate(wrong)))

    poll(0)

    told = stories.get(store, [story.number for story in found(store)])
    assert [(story.primary.published, story.primary.updated) for story in told] == [(None, None)] * 4
    assert {story.first_seen for story in told} == {TUESDAY}


def test_a_date_is_stored_as_it_was_said(store, internet, poll):
    """In UTC; late, early or in the future, it is never corrected."""
    internet[URL] = answer(item(1, pubDate="Tue, 31 Dec 2030 23:00:00 -0200"))

    poll(0)

    assert found(store)[0].primary.published == datetime(2031, 1, 1, 1, tzinfo=UTC)


def test_newer_entries_get_higher_numbers(store, internet, poll):
    """A document has its newest entry first; its stories are numbered as they happened."""
    internet[URL] = answer(item(3), item(2), item(1))

    poll(0)

    assert [story.title for story in found(store)] == ["Entry 1", "Entry 2", "Entry 3"]


NASTY = {
    "nothing": b"",
    "noise": bytes(range(256)) * 16,
    "a page": b"<html><body>hello",
    "an entity": b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&x;'
    b"</title></item></channel></rss>",
    "entities of entities": b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><rss version="2.0"><channel>'
    b"<item><title>&b;</title></item></channel></rss>",
    "control characters": rss(item(1, "a\x00b\x1bc\x85d")).encode(),
    "half of a pair": json.dumps(
        {"version": "https://jsonfeed.org/version/1", "items": [{"id": "\ud800", "title": "\udfff"}]}
    ).encode(),
    "numbers": b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1e999}, {"id": NaN}, {"id": '
    + b"9" * 5000
    + b"}]}",
    "other kinds of values": b'{"version": "https://jsonfeed.org/version/1", "title": [], "items": [{"id": {}, '
    b'"url": 7, "title": null, "authors": "x", "date_published": []}, 5, null]}',
    "deep JSON": b"{" * 5000 + b'{"items": ' + b"[" * 5000,
    "a wrong charset": b'<?xml version="1.0" encoding="klingon"?>' + rss(item(1)).encode(),
    "a very long title": rss(item(1, "x" * 300_000)).encode(),
    "strange links": rss(item(1, link="http://[::1"), item(2, link="\thttp://x y/"), item(3, link="//")).encode(),
}


def test_feeds_do_not_touch_each_other(store, internet):
    """Whatever the others say, each ends with an outcome of its own, and a good feed has all its entries."""
    names = [f"nasty-{place}" for place in range(len(NASTY))]
    for name, body in zip(names, NASTY.values(), strict=True):
        internet[f"https://{name}.example/"] = Response(200, f"https://{name}.example/", {}, body)
    internet[URL] = answer(*map(item, range(10)))
    lines = "".join(f"  - {{name: {name}, url: 'https://{name}.example/'}}\n" for name in names)
    hub = make_hub(lines + A)

    done = list(pollers.poll(store, hub, due(store, hub), internet, TUESDAY))

    outcomes = {one.poll.feed.feed.name: type(one.poll.outcome) for one in done}
    assert outcomes.keys() == {"a", *names}
    assert set(outcomes.values()) == {Fetched, Failed}
    assert [one.counts for one in done if one.poll.feed.feed.name == "a"] == [Counts(new=10)]


def many(count):
    """Return so many feeds as lines of YAML."""
    return "".join(f"  - {{name: f{number:03}, url: 'https://f{number:03}.example/'}}\n" for number in range(count))


def polled(store):
    """Return how many feeds the store says were visited."""
    return rows(store, "select count(*) as feeds from feeds where checked is not null")[0]["feeds"]


def test_a_batch_has_a_hundred_polls(store, internet):
    """When the first poll is reported a hundred are stored, and no more were asked for; the rest follows."""
    hub = make_hub(many(130))
    done = pollers.poll(store, hub, due(store, hub), internet, TUESDAY)

    next(done)
    stored, asked = polled(store), len(internet.asked)

    assert (stored, asked) == (100, 100)
    assert len(list(done)) == 129
    assert polled(store) == 130


def test_a_batch_has_a_thousand_entries(store, internet, poll, monkeypatch):
    """Long documents are stored sooner: a transaction is short."""
    monkeypatch.setattr(pollers, "_BATCH_SECONDS", 60.0)
    for number in range(3):
        internet[f"https://f{number:03}.example/"] = answer(*(item(each, description="") for each in range(500)))
    hub = make_hub(many(3))
    done = pollers.poll(store, hub, due(store, hub), internet, TUESDAY)

    next(done)

    assert polled(store) == 2
    assert len(list(done)) == 2


def test_a_batch_waits_no_longer_than_its_time(store, internet, monkeypatch):
    """What came is stored while others are still silent."""
    monkeypatch.setattr(pollers, "_BATCH_SECONDS", 0.0)
    hub, stored = make_hub(many(2)), []

    def visit(requests, _):
        list(requests)
        yield 0, NoResponse("no connection")
        yield None
        stored.append(polled(store))
        yield 1, NoResponse("no connection")

    assert len(list(pollers.poll(store, hub, due(store, hub), visit, TUESDAY))) == 2
    assert stored == [1]


def test_C09_nothing_is_locked_while_a_feed_is_silent(store, internet, tmp_path, poll):
    """Editors write while the poll waits: no transaction is open then."""
    seen = []

    def visit(requests, _):
        list(requests)
        yield None
        seen.append(store.in_transaction)
        yield 0, answer(item(1))

    poll(0, visit=visit)

    assert seen == [False]


def test_nothing_due_is_no_visit(store, internet, poll):
    """No feed, no request, nothing written."""
    assert poll(0, feeds="") == {}
    assert internet.asked == []


def test_deciding_twice_decides_nothing(store, internet, poll):
    """The same document once more, read again by newer rules: no row of an entry is another one."""
    internet[URL] = answer(item(2), item(1), item(3, link=""), item(4, guid=""), item(5, guid="", link=""))
    poll(0)
    before = rows(store, "select * from entries")
    internet[URL] = answer(item(2), item(1), item(3, link=""), item(4, guid=""), item(5, guid="", link=""), " ")

    again = poll(1)

    assert isinstance(again["a"].poll.outcome, Fetched)
    assert again["a"].counts == Counts()
    assert rows(store, "select * from entries") == before
    assert rows(store, "select count(*) as n from revisions")[0]["n"] == 0


def test_poll_times_are_those_of_the_poll(store, internet, poll):
    """Nothing looks at a clock: what is written carries the time that it was told."""
    internet[URL] = answer(item(1))
    poll(5)

    assert found(store)[0].first_seen == TUESDAY + 5 * HOUR
