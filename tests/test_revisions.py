"""What is a revision and what only moves by itself; what replaces a feed, and what only rolls on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import TUESDAY, item, make_hub
from hypothesis import given
from hypothesis import strategies as st
from polling import URL, Polling, answer

from feedhub.editors import marks
from feedhub.editors.desk import Desk
from feedhub.model.document import Entry, Event
from feedhub.model.feed import Counts
from feedhub.model.matching import Decisions, Known, New
from feedhub.rules import health, identity, replacement, revisions
from feedhub.store import feeds, stories
from feedhub.store.connection import rows
from feedhub.store.stories import Filter

DAY = timedelta(days=1)


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


MOVING = {
    "seconds since 1970": ("Served at 1767687600.123.", "Served at 1767691200.456."),
    "a time with seconds": ("It is 10:23:45 now", "It is 11:23:46 now"),
    "a date and such a time": ("Built 2026-01-06 10:23:45 UTC", "Built 2026-01-07 10:23:44 UTC"),
    "as mail writes it": ("Tue, 06 Jan 2026 10:23:45 GMT", "Wed, 07 Jan 2026 11:23:45 GMT"),
    "an age": ("3 hours ago by Ann", "4 hours ago by Ann"),
    "an age in Chinese": ("发布于 3 小时前", "发布于 4 小时前"),
    "when it was made": ("Generated on 6 January 2026, 10:23", "Generated on 7 January 2026, 11:24"),
    "comments": ("12 comments", "1,013 comments"),
    "readers, in Chinese": ("阅读 1024", "阅读 1100"),
    "what is drawn anew": ("id 0123456789abcdef01", "id fedcba98765432100f"),
    "white space": ("a  b\n", "a b"),
}


@pytest.mark.parametrize(("one", "other"), MOVING.values(), ids=MOVING)
def test_what_moves_by_itself_says_nothing(one, other):
    assert revisions.is_same(Entry(content=f"<p>{one}</p>"), Entry(content=f"<p>{other}</p>"))


SAYS = {
    "a word": ("It is stable", "It is beta"),
    "a version": ("Use v1.17.0", "Use v1.17.1"),
    "a day": ("It begins on 30 March 2020", "It begins on 13 August 2020"),
    "an hour without seconds": ("Doors open at 15:00", "Doors open at 16:00"),
    "a number": ("22 enhancements", "23 enhancements"),
    "a link": ("<a href='https://a.example/1'>here</a>", "<a href='https://a.example/2'>here</a>"),
    "case": ("gRPC", "GRPC"),
}


@pytest.mark.parametrize(("one", "other"), SAYS.values(), ids=SAYS)
def test_what_somebody_wrote_is_a_revision(one, other):
    assert not revisions.is_same(Entry(content=one), Entry(content=other))


ENTRY = Entry(title="One", link="https://a.example/1", published=TUESDAY, event=Event(TUESDAY), status="open")
HEADS = {
    "the title": {"title": "Two"},
    "the page": {"link": "https://a.example/2"},
    "its date": {"published": TUESDAY + DAY},
    "the event": {"event": Event(TUESDAY + DAY)},
    "what became of it": {"status": "merged"},
}


@pytest.mark.parametrize("changes", HEADS.values(), ids=HEADS)
def test_so_is_another_head(changes):
    assert not revisions.is_same(ENTRY, replace(ENTRY, **changes))


def test_another_way_to_write_a_link_is_none():
    """http became https, and a tracking parameter came."""
    assert revisions.is_same(ENTRY, replace(ENTRY, link="http://www.a.example/1?utm_source=rss"))


@given(st.text(st.characters(codec="utf-8")))
def test_masking_twice_masks_nothing_more(text):
    once = revisions.without_clocks(text)

    assert revisions.without_clocks(once) == once


def test_I02_clocks_in_bodies_make_no_revisions(store, internet, poll):
    """Five polls of a body with a clock: no change is counted, no revision kept, and the last text is what is shown."""
    counts = []
    for hour in range(5):
        internet[URL] = answer(item(1, description=f"Body. Served at {1767687600 + 3600 * hour}.123."))
        counts.append(poll(hour)["a"].counts)

    assert counts == [Counts(new=1), *[Counts()] * 4]
    assert rows(store, "select count(*) as n from revisions")[0]["n"] == 0
    assert "1767702000" in stories.get(store, [1])[0].primary.text


def known(number, published=TUESDAY, gone=None):
    said = identity.said_again(Entry(id=f"old-{number}", published=published), shared=False)
    return Known(number, said.id, None, "", published, said.fingerprint, gone)


def new(number, published, follows=None):
    return New(identity.said_again(Entry(id=f"new-{number}", published=published), shared=False), follows)


REPLACED = {
    "all, by others of the same days": (10, [TUESDAY] * 10, 10, True),
    "all, by others without dates": (10, [None] * 10, 10, True),
    "all, by newer ones: the window rolls": (10, [TUESDAY + DAY] * 10, 10, False),
    "half of them": (5, [TUESDAY] * 5, 10, False),
    "more than half, and the feed shrinks": (8, [], 2, False),
    "more than half, mostly by newer ones": (8, [TUESDAY + DAY] * 6 + [TUESDAY] * 2, 10, False),
    "more than half, mostly by old ones": (8, [TUESDAY + DAY] * 2 + [TUESDAY] * 6, 10, True),
}


@pytest.mark.parametrize(("gone", "dates", "now", "expected"), REPLACED.values(), ids=REPLACED)
def test_what_is_a_replacement(gone, dates, now, expected):
    decisions = Decisions(tuple(map(new, range(99), dates)), (), tuple(range(gone)), (), gap=False)
    said = [identity.said_again(Entry(id=str(number)), shared=False) for number in range(now)]

    assert replacement.is_replacement(said, [known(number) for number in range(10)], decisions) is expected


def test_a_few_entries_are_no_replacement():
    """A feed of four is replaced by one good week."""
    decisions = Decisions(tuple(new(number, None) for number in range(4)), (), tuple(range(4)), (), gap=True)

    assert not replacement.is_replacement([one.said for one in decisions.new], map(known, range(4)), decisions)


def replaced(internet, poll):
    """Poll ten entries, then ten others of the same days, under other ids, links and titles."""
    internet[URL] = answer(*map(item, range(10)))
    poll(0)
    others = (item(n, f"Other {n}", guid=f"x{n}", link=f"https://a.example/x/{n}") for n in range(10))
    internet[URL] = answer(*others)
    return poll(1)["a"]


def on_desk(store):
    return [story.number for story in stories.find(store, Filter(states=("new",)))]


def test_I06_a_feed_that_is_replaced_waits_for_an_editor(store, internet, poll):
    """On hold, one notice, nothing of it on the desk, also not at later polls; then it comes."""
    done = replaced(internet, poll)
    internet[URL] = answer(item(77, guid="x77", link="https://a.example/x/77"))
    later = poll(2)["a"]

    assert done.counts == Counts(new=10, gone=10, hidden=10)
    assert (done.after.state, later.after.held_since) == ("held", done.after.held_since)
    assert [trouble.kind for trouble in health.troubles(later.after, TUESDAY)] == ["held"]
    assert len(on_desk(store)) == 10
    assert feeds.release(store, 1, TUESDAY, backlog=False) == 11
    assert len(on_desk(store)) == 21


def test_I06_what_waits_may_be_backlog(store, internet, poll):
    """The editor knows that it is an archive that was imported."""
    replaced(internet, poll)

    feeds.release(store, 1, TUESDAY, backlog=True)

    assert len(on_desk(store)) == 10
    assert stories.in_backlog(store) == 10


def test_an_editor_who_ends_a_hold_while_a_poll_is_under_way_has_ended_it(store, internet, poll):
    """What the poll knew of the feed before does not come back."""
    replaced(internet, poll)
    before = internet[URL]

    def visit(requests, _):
        list(requests)
        feeds.release(store, 1, TUESDAY, backlog=False)
        yield 0, before

    poll(2, visit=visit, force=True)

    assert rows(store, "select held_since from feeds") == [{"held_since": None}]


def test_what_joined_a_dropped_story_while_its_feed_was_held_is_news_then(store, internet, poll):
    """Not before: it may have been the archive of another site."""
    other = "https://b.example/feed"
    both = f"  - {{name: a, url: '{URL}'}}\n  - {{name: b, url: '{other}'}}\n"
    internet[URL], internet[other] = answer(*map(item, range(10))), answer(item(50, link="https://b.example/x/3"))
    poll(0, feeds=both)
    number = next(story.number for story in stories.find(store, Filter()) if story.feed == "b")
    marks.decide(Desk(store, make_hub(), "ann", TUESDAY), [number], "dropped")
    internet[URL] = answer(*(item(n, f"Other {n}", guid=f"x{n}", link=f"https://b.example/x/{n}") for n in range(10)))
    poll(1, feeds=both)
    held = stories.get(store, [number])[0].state

    feeds.release(store, 1, TUESDAY, backlog=False)

    assert (held, stories.get(store, [number])[0].state) == ("dropped", "new")
