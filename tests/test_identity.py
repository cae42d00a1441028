"""Which entries are new, changed, gone or back, by tables; and that deciding twice decides nothing, as a law."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedhub.model.document import Category, Document, Enclosure, Entry, Head, Person
from feedhub.model.matching import Decisions, Known, Said
from feedhub.rules import identity, keys

FIRST = datetime(2019, 12, 1, tzinfo=UTC)


def entry(number: int, **fields) -> Entry:
    """Return an entry with an id, link, title and day of its own, unless said otherwise."""
    said = {
        "id": f"urn:a:{number}",
        "link": f"https://a.example/{number}",
        "title": f"Entry {number}",
        "published": FIRST + timedelta(days=number),
    }
    return Entry(**said | fields)


class Memory:
    """A store that remembers all that it was told: what decisions are applied to."""

    def __init__(self) -> None:
        self.known: dict[int, Known] = {}
        self.at = FIRST

    def poll(self, entries: tuple[Entry, ...]) -> Decisions:
        """Decide on a document and remember what was decided; the first entry ever is number 1."""
        decisions = identity.decide(identity.said(Document(Head(), entries, "rss20")), self.known.values())
        for number, said in enumerate((new.said for new in decisions.new), len(self.known) + 1):
            self.known[number] = known(number, said)
        for changed in decisions.changed:
            since = self.known[changed.number].gone_since
            self.known[changed.number] = replace(known(changed.number, changed.said), gone_since=since)
        for numbers, since in ((decisions.gone, self.at), (decisions.back, None)):
            for number in numbers:
                self.known[number] = replace(self.known[number], gone_since=since)
        return decisions


def known(number: int, said: Said) -> Known:
    """Return what the store knows of an entry once it was said."""
    return Known(number, said.id, said.page, said.title_key, said.published, said.fingerprint, None)


def brought(decisions: Decisions) -> tuple[int, list[int], list[int], list[int]]:
    """Return how many are new, and the numbers of those that are changed, gone and back."""
    changed = sorted(change.number for change in decisions.changed)
    return len(decisions.new), changed, sorted(decisions.gone), sorted(decisions.back)


TWO = (entry(2), entry(1))
"""Entries 1 and 2 of the store, as it numbers them: 1 is the first in the document."""

NOTHING = (0, [], [], [])

SERIES = {
    # What the feed said first, then, and what that brings: how many new; which changed, gone, back.
    "unchanged": (TWO, TWO, NOTHING),
    "in another order": (TWO, (entry(1), entry(2)), NOTHING),
    "one more": (TWO, (entry(3), *TWO), (1, [], [], [])),
    "an edited title": (TWO, (entry(2, title="Edited"), entry(1)), (0, [1], [], [])),
    "an edited date": (TWO, (entry(2, published=FIRST), entry(1)), (0, [1], [], [])),
    "an edited text": (TWO, (entry(2, summary="More."), entry(1)), (0, [1], [], [])),
    "other categories are no edit": (TWO, (entry(2, language="en"), entry(1)), NOTHING),
    "new guids for the same links, all at once": (TWO, (entry(2, id="x"), entry(1, id="y")), NOTHING),
    "new guids and edited titles": (TWO, (entry(2, id="x", title="X"), entry(1, id="y")), (0, [1], [], [])),
    "no guids any more": (TWO, (entry(2, id=None), entry(1, id=None)), NOTHING),
    "guids that are links, from http to https": (
        (entry(1, id="http://a.example/1", link="http://a.example/1"),),
        (entry(1, id="https://a.example/1", link="https://a.example/1"),),
        (0, [1], [], []),
    ),
    "a new link for the same guid": (TWO, (entry(2, link="https://a.example/new"), entry(1)), (0, [1], [], [])),
    "no guid, and www": ((entry(1, id=None),), (entry(1, id=None, link="https://www.a.example/1"),), (0, [1], [], [])),
    "no guid, and a slash": ((entry(1, id=None),), (entry(1, id=None, link="https://a.example/1/"),), (0, [1], [], [])),
    "no guid, and tracking": (
        (entry(1, id=None),),
        (entry(1, id=None, link="https://a.example/1?utm_source=x"),),
        (0, [1], [], []),
    ),
    "no guid, and an edited title": ((entry(1, id=None),), (entry(1, id=None, title="Edited"),), (0, [1], [], [])),
    "no guid, and a place on the page": (
        (entry(1, id=None, link="https://a.example/log#v1-10"),),
        (entry(2, id=None, link="https://a.example/log#v1-11"), entry(1, id=None, link="https://a.example/log#v1-10")),
        (1, [], [], []),
    ),
    "neither guid nor link": (
        (entry(2, id=None, link=None), entry(1, id=None, link=None)),
        (entry(2, id=None, link=None), entry(1, id=None, link=None, summary="More.")),
        (0, [2], [], []),
    ),
    "neither guid nor link, and another title: in doubt, new": (
        (entry(1, id=None, link=None),),
        (entry(1, id=None, link=None, title="Edited"),),
        (1, [], [1], []),
    ),
    "neither guid, link nor title": (
        (Entry(summary="<p>First words.</p>"), Entry(summary="Other words.")),
        (Entry(content="First <b>words.</b>"), Entry(summary="Other words.")),
        (0, [1], [], []),
    ),
    "copies in one document": (TWO, (entry(2), entry(2), entry(1), entry(1)), NOTHING),
    "a guid that was used again for something else": (
        (entry(1),),
        (entry(1, link="https://a.example/other", title="Something else", published=None),),
        (1, [], [1], []),
    ),
    "a guid with another link and title, of the same date": (
        (entry(1),),
        (entry(1, link="https://a.example/moved", title="Edited"),),
        (0, [1], [], []),
    ),
    "a guid used again beside the old one": (
        (entry(1),),
        (entry(1, link="https://a.example/other", title="Something else", published=FIRST), entry(1)),
        (1, [], [], []),
    ),
    "one that vanished": (TWO, (entry(2),), (0, [], [2], [])),
    "one more of a feed that has but one guid and one title": (
        tuple(entry(number, id="same", title="Log", published=None) for number in (2, 1)),
        tuple(entry(number, id="same", title="Log", published=None) for number in (3, 2, 1)),
        (1, [], [], []),
    ),
    "one alone of a feed that has but one guid": (
        tuple(entry(number, id="same", title="Log", published=None) for number in (2, 1)),
        (entry(1, id="same", title="Log", published=None),),
        (0, [], [1], []),
    ),
    "a window that rolled on, with an overlap": (TWO, (entry(3), entry(2)), (1, [], [2], [])),
    "a window that rolled on, without": (TWO, (entry(4), entry(3)), (2, [], [1, 2], [])),
    "a window that is empty": (TWO, (), (0, [], [1, 2], [])),
    "two articles under one title": (TWO, (entry(3, title="Entry 2"), *TWO), (1, [], [], [])),
    "two articles under one link, with guids": (TWO, (entry(3, link="https://a.example/2"), *TWO), (1, [], [], [])),
}


@pytest.mark.parametrize(("before", "now", "brings"), SERIES.values(), ids=SERIES)
def test_what_a_document_brings(before, now, brings):
    """And brings it once: the same document again brings nothing."""
    memory = Memory()
    assert len(memory.poll(before).new) == len(before)

    assert brought(memory.poll(now)) == brings
    assert brought(memory.poll(now)) == NOTHING


MANY = {
    # Entries of one document, and how many they are.
    "one guid, five links": ([entry(number, id="same") for number in range(5)], 5),
    "one guid, five titles, no links": ([entry(number, id="same", link=None) for number in range(5)], 5),
    "no guids, five links, one title": ([entry(number, id=None, title="Changelog") for number in range(5)], 5),
    "five guids, one link": ([entry(number, link="https://a.example/changelog") for number in range(5)], 5),
    "five guids, one link, one title": ([entry(n, link="https://a.example/", title="Daily") for n in range(5)], 5),
    "no guids, all link to the front page": ([entry(n, id=None, link="https://a.example/") for n in range(5)], 5),
    "nothing but files": ([Entry(enclosures=(Enclosure(f"https://a.example/{n}.mp3"),)) for n in range(5)], 5),
    "five times the same": ([entry(1)] * 5, 1),
    "five times the same guid and link": ([entry(1, title=f"Take {take}") for take in range(5)], 1),
}


@pytest.mark.parametrize(("entries", "number"), MANY.values(), ids=MANY)
def test_ids_that_repeat_lose_nothing_and_do_not_flip_flop(entries, number):
    """Each stays what it was, poll after poll, in whatever order they come."""
    memory = Memory()

    assert len(memory.poll(tuple(entries)).new) == number
    assert brought(memory.poll(tuple(entries))) == NOTHING
    assert len(memory.poll(tuple(entries[::-1])).new) == 0
    assert len(memory.poll(tuple(entries[:3])).new) == 0


def test_what_vanished_comes_back_as_itself():
    """Gone and back, edited or not, with the number that it had."""
    memory = Memory()
    memory.poll(TWO)
    memory.poll((entry(2),))

    assert brought(memory.poll(TWO)) == (0, [], [], [2])
    assert brought(memory.poll(())) == (0, [], [1, 2], [])
    assert brought(memory.poll((entry(2, title="Edited"), entry(1)))) == (0, [1], [], [1, 2])


GAPS = {
    "an overlap": ((entry(3), entry(2)), False),
    "no overlap": ((entry(4), entry(3)), True),
    "nothing at all, which is no window": ((), False),
    "the same": (TWO, False),
}


@pytest.mark.parametrize(("now", "gap"), GAPS.values(), ids=GAPS)
def test_I12_a_gap_is_seen(now, gap):
    """Where no entry of the poll before is left, some may have come and gone."""
    memory = Memory()

    assert memory.poll(TWO).gap is False
    assert memory.poll(now).gap is gap


BLOG = (entry(9, title="Release day"), entry(8), entry(2))
"""A blog: the newest entry is number 1 in the store, the oldest number 3."""


def again(day: int, **fields) -> Entry:
    """Return the newest entry of the blog, published again under another id and link, as by a new date in them."""
    said = {"id": f"https://a.example/{day}", "link": f"https://a.example/{day}/release", "title": "Release day"}
    return entry(day, **said | fields)


REPUBLISHED = {
    # What the blog says now, and which vanished entry the new one follows.
    "a day later": ((again(10), entry(8), entry(2)), 1),
    "a day earlier": ((again(8), entry(8), entry(2)), 1),
    "its title in other letters": ((again(10, title="RELEASE  day"), entry(8), entry(2)), 1),
    "two weeks later": ((again(23), entry(8), entry(2)), 1),
    "longer ago than two weeks": ((again(24), entry(8), entry(2)), None),
    "under another title": ((again(10, title="Release days"), entry(8), entry(2)), None),
    "without a date": ((again(10, published=None), entry(8), entry(2)), None),
    "without a title": ((again(10, title=None), entry(8), entry(2)), None),
    "beside the old one, which is still there": ((again(10), *BLOG), None),
    "twice, so it may be either": ((again(10), again(11), entry(8), entry(2)), None),
    "but nothing older is left: the old one rolled off the end": ((again(10),), None),
}


@pytest.mark.parametrize(("now", "follows"), REPUBLISHED.values(), ids=REPUBLISHED)
def test_what_is_published_again_follows_the_old_one(now, follows):
    """As kubernetes.io did on 2019-12-06; in doubt, it is new."""
    memory = Memory()
    memory.poll(BLOG)

    decisions = memory.poll(now)

    assert {new.follows for new in decisions.new} == {follows}


OTHER_BLOGS = {
    "two of its title vanished": (
        (entry(9, title="Release day"), entry(8, title="Release day"), entry(2)),
        (again(10), entry(2)),
    ),
    "a weekly of one title rolled off the end": (
        (entry(7, title="Release day"), entry(8), entry(9)),
        (again(10), entry(9), entry(8)),
    ),
    "the old one had no date": (
        (entry(9, title="Release day", published=None), entry(2)),
        (again(10), entry(2)),
    ),
    "what is left has no date": (
        (entry(9, title="Release day"), entry(2, published=None)),
        (again(10), entry(2, published=None)),
    ),
}


@pytest.mark.parametrize(("before", "now"), OTHER_BLOGS.values(), ids=OTHER_BLOGS)
def test_what_may_be_something_else_follows_nothing(before, now):
    memory = Memory()
    memory.poll(before)

    (new,) = memory.poll(now).new

    assert new.follows is None


def test_an_entry_that_vanished_long_ago_is_not_republished_by_a_weekly():
    """One of its title that comes back under its own id is itself, not a successor."""
    memory = Memory()
    memory.poll(BLOG)
    memory.poll(BLOG[1:])

    assert brought(memory.poll(BLOG)) == (0, [], [], [1])


ENTRIES = st.builds(
    Entry,
    id=st.sampled_from([None, None, "1", "2", "3", "4"]),
    link=st.sampled_from(
        [None, "https://a.example/", *(f"https://a.example/{n}" for n in "123"), "http://www.a.example/1/"]
    ),
    title=st.sampled_from([None, "One", "one ", "Two", "Three"]),
    published=st.sampled_from([None, *(FIRST + timedelta(days=day) for day in (0, 1, 20))]),
    summary=st.sampled_from([None, "Words.", "<p>Words.</p>", "Other words."]),
)
DOCUMENTS = st.lists(ENTRIES, max_size=6).map(tuple)


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
@example([(Entry(id="1", title="One"), Entry(id="1", title="Two")), (Entry(id="1", title="Two"),)])
@example([(Entry(),)])
def test_deciding_twice_decides_nothing(documents):
    """Whatever a feed did before, a document that comes again brings nothing: nothing new, changed, gone or back."""
    memory = Memory()
    for document in documents:
        memory.poll(document)

        assert brought(memory.poll(document)) == NOTHING


@given(st.lists(DOCUMENTS, min_size=1, max_size=4))
def test_every_entry_is_accounted_for(documents):
    """What is said is new or one of the known, each of which is present or gone, and nothing is both."""
    memory = Memory()
    for document in documents:
        said = identity.said(Document(Head(), document, "rss20"))

        decisions = memory.poll(document)

        present = [number for number, one in memory.known.items() if one.gone_since is None]
        assert len(present) == len(said)
        assert not {*decisions.gone} & {*decisions.back}
        assert len({new.follows for new in decisions.new if new.follows}) == sum(
            bool(new.follows) for new in decisions.new
        )


SAYINGS = {
    "title": "Other",
    "link": "https://a.example/other",
    "published": FIRST,
    "updated": FIRST,
    "summary": "Other.",
    "content": "Other.",
}


@pytest.mark.parametrize(("name", "value"), SAYINGS.items(), ids=SAYINGS)
def test_what_an_entry_says_is_in_its_fingerprint(name, value):
    assert identity.fingerprint(replace(entry(1), **{name: value})) != identity.fingerprint(entry(1))


def test_who_wrote_an_entry_and_its_labels_are_not_in_its_fingerprint():
    """Feeds add and reorder them by themselves: nobody should look at an entry again for that."""
    labelled = entry(1, authors=(Person("Ann"),), categories=(Category("x"),), language="en", base="https://b.example/")

    assert identity.fingerprint(labelled) == identity.fingerprint(entry(1))


def test_fields_do_not_run_into_each_other():
    """A text is another one as a summary than as content; fields that are empty say nothing."""
    assert identity.fingerprint(Entry(summary="x")) != identity.fingerprint(Entry(content="x"))
    assert identity.fingerprint(Entry(title="x", summary="")) == identity.fingerprint(
        Entry(title="x", authors=(Person(""),))
    )
    assert identity.fingerprint(Entry(title="\ud800")) != identity.fingerprint(Entry(title="\udfff"))


DEFINING = {
    # The link of an entry, those of the others in its document, and its key.
    "a page": ("http://www.a.example/1/?utm_source=x", (), "https://a.example/1"),
    "a page that others share": ("https://a.example/log", ("https://a.example/log/",), None),
    "a place on a page": ("https://a.example/log#v1", ("https://a.example/log#v2",), "https://a.example/log#v1"),
    "a whole site": ("https://a.example/?utm_source=x", (), None),
    "no link": (None, (), None),
    "a link to no page": ("urn:a:1", (), None),
}


@pytest.mark.parametrize(("link", "others", "key"), DEFINING.values(), ids=DEFINING)
def test_defining_keys(link, others, key):
    """By which an entry of another feed is the same story."""
    entries = [entry(number, link=each) for number, each in enumerate((link, *others))]

    first = identity.said(Document(Head(), tuple(entries), "rss20"))[0]

    assert first.keys == ((key,) if key else ())


def test_pages():
    """The page of an entry is its canonical link."""
    assert keys.page(Entry(link="http://www.a.example/x/")) == "https://a.example/x"
    assert keys.page(Entry(link="mailto:ann@a.example")) is None
    assert keys.page(Entry()) is None
