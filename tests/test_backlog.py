"""Backlog: what of a feed's first document is no news, where it is kept, and what brings it to the desk after all."""

import json
from datetime import timedelta

import pytest
from conftest import TUESDAY, Reply, item, make_hub, rss
from polling import URL, Polling, answer

from feedhub.editors import marks
from feedhub.editors.desk import Desk
from feedhub.model.document import Document, Entry, Head
from feedhub.model.feed import Counts
from feedhub.model.matching import New
from feedhub.rules import backlog, identity
from feedhub.store import search, stories
from feedhub.store.stories import Filter

DAY = timedelta(days=1)
OTHER = "https://z.example/feed"


def dated(*days: float | None) -> list[New]:
    """Return new entries of so many days ago, in the order of their document; None: without a date."""
    entries = (
        Entry(id=f"urn:{place}", published=None if ago is None else TUESDAY - ago * DAY)
        for place, ago in enumerate(days)
    )
    return [New(told) for told in identity.said(Document(Head(), tuple(entries), "rss20"))]


MARKED = {
    # What the feed may bring (days; 0 none, None all), how old its entries are, which of them are backlog.
    "a week is news": (7, (0, 6.9, 7, 7.1, 400), (False, False, False, True, True)),
    "what is dated ahead is news": (7, (-1, -400), (False, False)),
    "five undated ones are news": (7, (None,) * 8, (False,) * 5 + (True,) * 3),
    "undated ones are counted by themselves": (
        7,
        (None, 30, None, 1, *(None,) * 4),
        (False, True, *(False,) * 5, True),
    ),
    "a month is news where feeds.yaml says so": (30, (7.1, 29, 31), (False, False, True)),
    "more days do not make undated ones news": (30, (None,) * 6, (False,) * 5 + (True,)),
    "none": (0, (0, -1, 400, None), (True,) * 4),
    "all": (None, (0, 400, *(None,) * 7), (False,) * 9),
    "nothing was said": (7, (), ()),
}


@pytest.mark.parametrize(("days", "ago", "expected"), MARKED.values(), ids=MARKED)
def test_which_entries_are_backlog(days, ago, expected):
    """And all of them come out as they went in, in their order."""
    new = dated(*ago)

    found = backlog.marked(new, days, TUESDAY)

    assert tuple(one.backlog for one in found) == expected
    assert [one.said for one in found] == [one.said for one in new]


def test_an_update_counts_where_no_date_of_publication_is():
    """Atom feeds of commits say no more."""
    entries = (Entry(id="a", updated=TUESDAY - 9 * DAY), Entry(id="b", updated=TUESDAY - DAY))
    new = [New(told) for told in identity.said(Document(Head(), entries, "atom10"))]

    assert [one.backlog for one in backlog.marked(new, 7, TUESDAY)] == [True, False]


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


OLD = {"pubDate": "Fri, 01 Nov 2019 08:00:00 GMT"}


def titles(store, *states: str) -> list[str]:
    """Return the titles of stories in some state."""
    return sorted(story.title for story in stories.find(store, Filter(states)))


def test_a_new_feed_does_not_flood_the_desk(store, internet, poll):
    """What is old in its first document is kept beside the desk; all that comes later is news, whatever its date."""
    internet[URL] = answer(item(2), item(1, **OLD))
    first = poll(0)
    internet[URL] = answer(item(3, "Dated back", **OLD), item(2), item(1, **OLD))
    second = poll(1)

    assert (first["a"].counts, second["a"].counts) == (Counts(new=2, backlog=1), Counts(new=1))
    assert titles(store, "new") == ["Dated back", "Entry 2"]
    assert titles(store, "backlog") == ["Entry 1"]
    assert stories.in_backlog(store) == 1


def test_a_feed_that_failed_first_is_still_a_new_one(store, internet, poll):
    """Its first document is the first that could be read."""
    internet[URL] = answer()
    poll(0)
    poll(1)
    internet[URL] = answer(item(1, **OLD))

    assert poll(30, force=True)["a"].counts.new == 1
    assert stories.in_backlog(store) == 0


def test_an_unread_first_document_is_not_the_first(store, internet, poll):
    """A 404, then the feed: this one is the backlog."""
    poll(0)
    internet[URL] = answer(item(1, **OLD))

    assert poll(30)["a"].counts == Counts(new=1, backlog=1)


@pytest.mark.parametrize(("first", "second"), [(OLD, {}), ({}, OLD)], ids=["told as backlog first", "as news first"])
def test_a_story_that_one_feed_tells_as_news_is_news(store, internet, poll, first, second):
    """One feed's news is no other feed's backlog."""
    internet[OTHER] = answer(item(1, link=f"{OTHER}/x", **first))
    internet[URL] = answer(item(9, link=f"{OTHER}/x", **second))

    poll(0, feeds=f"  - {{name: z, url: '{OTHER}'}}\n  - {{name: a, url: '{URL}'}}\n")

    (story,) = stories.find(store, Filter())
    assert (story.state, story.also) == ("new", ("a",))


def test_deciding_on_a_story_takes_it_out_of_the_backlog(store, internet, poll):
    """And undropping it does not put it back: somebody has looked at it."""
    internet[URL] = answer(item(1, **OLD))
    poll(0)
    desk = Desk(store, make_hub(), "ed1", TUESDAY)

    marks.decide(desk, [1], "dropped", "old")
    marks.decide(desk, [1], "new")

    assert (titles(store, "new"), stories.in_backlog(store)) == (["Entry 1"], 0)


def test_the_backlog_is_found_by_its_words(store, internet, poll):
    """It is indexed when somebody searches for the first time; news are at once."""
    internet[URL] = answer(item(2, "Loud river"), item(1, "Quiet backwaters", **OLD))
    poll(0)

    before = [search.stories_with(store, word, 10) for word in ("backwaters", "river")]
    search.catch_up(store)

    assert (before, search.stories_with(store, "backwaters", 10), search.left(store)) == ([[], [2]], [1], 0)


def test_list_keeps_the_backlog_apart(weekly, server):
    """On the desk is what is new; how much more there is, a person is told; poll counts both in `new`."""
    server.replies["/feed"] = Reply(rss(item(1, **OLD), item(2)))
    weekly.write(
        f"  - {{name: a, url: '{server.url}/feed', section: 业界要闻}}\n"
        f"  - {{name: all, url: '{server.url}/feed?all', section: 业界要闻, backlog: all}}\n"
        f"  - {{name: none, url: '{server.url}/feed?none', section: 业界要闻, backlog: none}}",
        f"network: {{allow: ['{server.host}']}}\n",
    )
    visit, summary = map(json.loads, weekly.run("poll", "--feed", "a", "--json").stdout.splitlines())

    found = weekly.run("list")

    assert [(one["new"], one["backlog"]) for one in (visit, summary)] == [(2, 1), (2, 1)]
    assert ("Entry 2" in found.stdout, "Entry 1" in found.stdout) == (True, False)
    assert "1 more are backlog: feedhub list --backlog" in found.stderr
    (kept,) = weekly.json("list", "--backlog")
    assert (kept["title"], kept["state"]) == ("Entry 1", "backlog")
    assert len(weekly.json("list", "--all")) == 2
    for name, backlogged in (("all", 0), ("none", 2)):
        server.replies[f"/feed?{name}"] = Reply(
            rss(*(item(each, guid=f"{name}{each}", link="", **OLD) for each in (1, 2)))
        )
        assert weekly.json("poll", "--feed", name)[0]["backlog"] == backlogged
