"""The store: feeds over renames and new addresses, entries and their revisions, stories as they go in and come out."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conftest import TUESDAY, make_hub
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polling import told

from feedhub.editors import marks, notes
from feedhub.editors.desk import Desk
from feedhub.editors.notes import Writing
from feedhub.model.document import Category, Document, Enclosure, Entry, Head, Person, Source
from feedhub.model.feed import Counts, Feed, Fetched
from feedhub.rules import identity
from feedhub.store import feeds, stories
from feedhub.store.connection import rows, writing
from feedhub.store.stories import Filter

ID = "tag:weekly.example.org,2019:cloud-native"
DAY = timedelta(days=1)


def reconcile(store, listed, now=TUESDAY):
    """List feeds, names and the numbers of their hosts, and return what is known of them."""
    told = [Feed(name, f"https://{host}.example/feed") for name, host in listed.items()]
    feeds.reconcile(store, told, ID, now)
    return feeds.states(store, told)


RECONCILED = {
    "the same again": ({"a": 1, "b": 2}, {"a": 1, "b": 2}, {"a": (1, "a"), "b": (2, "b")}),
    "in another order": ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": (1, "a"), "b": (2, "b")}),
    "one more": ({"a": 1}, {"b": 2, "a": 1}, {"a": (1, "a"), "b": (2, None)}),
    "another name for an address": ({"a": 1, "b": 2}, {"c": 1, "b": 2}, {"c": (1, "a"), "b": (2, "b")}),
    "another address for a name": ({"a": 1}, {"a": 2}, {"a": (1, None)}),
    "another name and another address": ({"a": 1}, {"b": 2}, {"b": (2, None)}),
    "listed no more": ({"a": 1, "b": 2}, {"b": 2}, {"b": (2, "b")}),
    "none listed any more": ({"a": 1, "b": 2}, {}, {}),
    "two names swapped": ({"a": 1, "b": 2}, {"a": 2, "b": 1}, {"a": (1, None), "b": (2, None)}),
    "three names in a circle": ({"a": 1, "b": 2, "c": 3}, {"a": 2, "b": 3, "c": 1}, {
        "a": (1, None), "b": (2, None), "c": (3, None)
    }),
    "its name goes to another": ({"a": 1}, {"b": 1, "a": 2}, {"b": (2, None), "a": (1, None)}),
    "the name of one that is listed no more": ({"a": 1, "b": 2}, {"b": 1}, {"b": (2, None)}),
    "one address twice": ({"a": 1}, {"a": 1, "b": 1}, {"a": (1, "a"), "b": (2, None)}),
    "one address twice, both listed no more": ({"a": 1, "b": 1}, {}, {}),
    "one address twice, both renamed": ({"a": 1, "b": 1}, {"c": 1, "d": 1}, {"c": (1, "a"), "d": (2, "b")}),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), RECONCILED.values(), ids=RECONCILED)
def test_reconcile(store, before, after, expected):
    """A feed is the row of its name, or of its address where the name is unknown; validators hold for an address."""
    reconcile(store, before)
    with writing(store):
        store.execute("update feeds set etag = name, last_modified = name, body_hash = name, failures = 3")

    found = reconcile(store, after)

    assert {state.feed.name: (state.number, state.validators.etag) for state in found} == expected
    assert {state.feed.name: state.feed.url for state in found} == {
        name: f"https://{host}.example/feed" for name, host in after.items()
    }
    for state in found:
        kept = state.validators.etag
        assert (state.validators.last_modified, state.body_hash, state.failures) == (kept, kept, 3 if kept else 0)


def test_a_feed_is_found_under_a_name_that_was_another_ones(store):
    """Renamed, moved, and its first name and address listed anew: that is a feed of its own, with an id of its own."""
    for listed in ({"a": 1}, {"b": 1}, {"b": 2}, {"b": 2, "a": 1}):
        found = reconcile(store, listed)

    assert {state.feed.name: state.number for state in found} == {"b": 1, "a": 2}
    assert len({row["uid"] for row in rows(store, "select uid from feeds")}) == 2


def test_the_id_of_a_feed_never_changes(store):
    """Whatever it is called and wherever it is later."""
    reconcile(store, {"a": 1})
    before = rows(store, "select id, uid from feeds")

    for listed in ({"b": 1}, {"b": 2}, {}, {"b": 2}):
        reconcile(store, listed)

    assert rows(store, "select id, uid from feeds") == before
    assert before[0]["uid"] == f"{ID}/feed/a"


def test_I14_a_retired_feed_comes_back_as_what_it_was(store):
    """Under its name or, with its address, under another one; it says since when it was away."""
    reconcile(store, {"a": 1, "b": 2})
    tell(store, entry(1))
    reconcile(store, {}, TUESDAY + DAY)
    retired = rows(store, "select distinct retired_since from feeds")

    found = reconcile(store, {"a": 1, "c": 2}, TUESDAY + 2 * DAY)

    assert retired == [{"retired_since": "2019-12-11T10:00:00Z"}]
    assert [(state.number, state.feed.name) for state in found] == [(1, "a"), (2, "c")]
    assert tell(store, entry(1)) == Counts()


def test_a_retired_feed_keeps_its_stories(store):
    """It is not polled, that is all."""
    reconcile(store, {"a": 1})
    tell(store, entry(1))

    reconcile(store, {})

    assert [story.feed for story in stories.find(store, Filter())] == ["a"]


def test_what_feeds_yaml_says_of_a_feed_is_taken_over(store):
    """Address, section, tags and kind are what they are today; nothing is written when nothing differs."""
    said = Feed("a", "https://1.example/feed", "ical", "upstream/Kubernetes", ("k8s", "新闻"))
    reconcile(store, {"a": 1})
    feeds.reconcile(store, [said], ID, TUESDAY)
    changes = store.total_changes

    feeds.reconcile(store, [said], ID, TUESDAY)

    (row,) = rows(store, "select url, kind, section, tags from feeds")
    assert row == {"url": said.url, "kind": "ical", "section": "upstream/Kubernetes", "tags": '["k8s", "新闻"]'}
    assert store.total_changes == changes


@pytest.fixture
def feed(store):
    """A store with a feed `a` that gives its stories a tag, and `b` that gives them the same one."""
    told = [Feed(name, f"https://{name}.example/feed", tags=("cloud",)) for name in "ab"]
    feeds.reconcile(store, told, ID, TUESDAY)


def entry(number, **fields):
    """Return an entry: what it is called by its number, unless said otherwise."""
    usual = {"id": f"urn:{number}", "title": f"Entry {number}", "link": f"https://a.example/{number}"}
    return Entry(**{**usual, **fields})


def tell(store, *said, name="a", now=TUESDAY):
    """Have a feed say entries, as a poll does."""
    (row,) = rows(store, "select url, tags from feeds where name = ?", [name])
    (state,) = feeds.states(store, [Feed(name, row["url"], tags=tuple(json.loads(row["tags"])))])
    return told(store, state, Fetched(Head(), identity.said(Document(Head(), said, "rss20")), "rss20"), now)


def only(store):
    """Return the one story there is, whole."""
    (found,) = stories.find(store, Filter())
    return stories.get(store, [found.number])[0]


def desk(store):
    """Return the desk of an editor."""
    return Desk(store, make_hub(), "ed1", TUESDAY)


def test_I02_a_story_keeps_twenty_four_revisions(store, feed):
    """The latest of what an entry said before, each with the time until which it did."""
    for turn in range(30):
        tell(store, entry(1, title=f"Title {turn}"), now=TUESDAY + turn * DAY)

    found = stories.revisions(store, 1)

    assert only(store).title == "Title 29"
    assert [revision.entry.title for revision in found] == [f"Title {turn}" for turn in range(28, 4, -1)]
    assert [revision.until for revision in found] == [TUESDAY + (turn + 1) * DAY for turn in range(28, 4, -1)]


def test_a_revision_is_all_that_was_said(store, feed):
    """Also the text, which lists do not load."""
    said = entry(1, content="<p>All of it</p>", authors=(Person("Ann"),), categories=(Category("k8s"),))
    tell(store, said)

    tell(store, replace(said, content="<p>Less</p>", authors=()))

    (revision,) = stories.revisions(store, 1)
    assert (revision.part, revision.entry) == (1, said)


def test_I03_an_entry_that_changes_touches_nothing_of_ours(store, feed):
    """Tags, notes and decisions are the editors', whatever a feed says later."""
    tell(store, entry(1))
    marks.tag(desk(store), [1], ["news"], ["cloud"])
    marks.decide(desk(store), [1], "dropped", "old")
    notes.write(desk(store), (1,), Writing("What we say", "Our title"), "zh-CN")
    notes.write(desk(store), (1,), Writing("Among us"), "zh-CN", private=True)
    before = only(store)

    counts = tell(store, entry(1, title="Another", content="<p>Everything is new</p>"), now=TUESDAY + DAY)

    after = only(store)
    assert counts == Counts(changed=1)
    assert (after.title, after.primary.content) == ("Another", "<p>Everything is new</p>")
    assert replace(after, entries=before.entries) == before


def test_the_id_of_a_story_is_minted_once(store, feed):
    """Of its first entry; later titles, links and addresses of the feed do not matter."""
    tell(store, entry(1))
    before = only(store).uid
    reconcile(store, {"a": 7})

    tell(store, entry(1, title="Another"))
    tell(store, entry(1, title="Another", link="https://a.example/moved"))

    assert only(store).uid == before
    prefix, _, digest = before.rpartition("/")
    assert (prefix, len(digest), int(digest, 16) > 0) == (f"{ID}/story", 16, True)


def test_an_id_that_is_used_again_is_another_story(store, feed):
    """Another page and another title under an old id: three stories, each with an id of its own."""
    for turn in range(3):
        tell(store, entry(1, title=f"Article {turn}", link=f"https://a.example/article-{turn}"))

    found = stories.find(store, Filter())
    assert sorted(story.title for story in found) == ["Article 0", "Article 1", "Article 2"]
    assert len({story.uid for story in found}) == 3


def test_a_story_gets_the_tags_of_its_feed(store, feed):
    """It says who gave it; an entry that is told again gives none again."""
    tell(store, entry(1))

    assert only(store).tags == ("cloud",)
    assert [row["by"] for row in stories.tag_rows(store, 1)] == ["feed a"]


def test_a_tag_that_was_removed_by_hand_stays_removed(store, feed):
    """Though another feed tells the story, and would give it that tag."""
    tell(store, entry(1))
    marks.tag(desk(store), [1], [], ["cloud"])

    counts = tell(store, entry(9, link="https://a.example/1"), name="b")

    assert counts == Counts(new=1)
    assert (only(store).also, only(store).tags) == (("b",), ())


def test_lists_do_not_load_text(store, feed):
    """find leaves it out, get brings it."""
    tell(store, entry(1, content="<p>Long</p>", summary="Short"))

    (listed,) = stories.find(store, Filter())

    assert (listed.primary.content, listed.primary.summary) == (None, None)
    assert (only(store).primary.content, only(store).primary.summary) == ("<p>Long</p>", "Short")


def test_an_entry_without_anything_is_a_story(store, feed):
    """It is called by its link, its id or its number: something to look at."""
    tell(store, Entry(summary="only text"), Entry(link="https://a.example/x"), Entry(id="urn:x"))

    assert {story.title for story in stories.find(store, Filter())} == {"story 3", "https://a.example/x", "urn:x"}


LENGTHS = st.none() | st.integers(0, 2**53)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
times = st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=0)
)
people = st.builds(Person, words, st.none() | words, st.none() | words)
said_entries = st.builds(
    Entry,
    title=st.none() | words,
    link=st.none() | words,
    authors=st.tuples() | st.tuples(people, people),
    contributors=st.tuples() | st.tuples(people),
    published=st.none() | times,
    updated=st.none() | times,
    summary=st.none() | words,
    content=st.none() | words,
    base=st.none() | words,
    categories=st.tuples() | st.tuples(st.builds(Category, words, st.none() | words)),
    enclosures=st.tuples() | st.tuples(st.builds(Enclosure, words, st.none() | words, LENGTHS)),
    language=st.none() | words,
    source=st.none() | st.builds(Source, words, words, st.none() | words),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said_entries)
def test_an_entry_comes_out_as_it_went_in(store, feed, said):
    """In the store and out again is equal, field by field."""
    told = replace(said, id=f"urn:{rows(store, 'select count(*) as n from entries')[0]['n']}")

    tell(store, told)

    (row,) = rows(store, "select story from entries where guid = ?", [told.id])
    assert told in [stored.entry for stored in stories.get(store, [row["story"]])[0].entries]
