"""Finding stories: by what stands in them and in notes, in Chinese as well, and by what is known of them."""

from datetime import timedelta

import pytest
from conftest import TUESDAY, item, make_hub
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from polling import URL, Polling, answer

from feedhub.editors import history, marks, notes, picks
from feedhub.editors.desk import Desk
from feedhub.editors.notes import Writing
from feedhub.store import search, stories
from feedhub.store.stories import Filter

DAY = timedelta(days=1)
TITLES = {
    1: "服务网格的落地实践",
    2: "用 eBPF 做服务网格",
    3: "Kubernetes 1.17: Stability",
    4: "Café au lait, C++ and Rust",
    5: "K8s集群升级",
}


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


@pytest.fixture
def desk(store, internet, poll):
    """A desk with the stories of TITLES, numbered as they are there."""
    internet[URL] = answer(*(item(number, title) for number, title in reversed(TITLES.items())))
    poll(0)
    return Desk(store, make_hub(), "ed1", TUESDAY)


SEARCHES = {
    "nothing": ("", set()),
    "white space": (" \t\n", set()),
    "a word": ("stability", {3}),
    "a word, whatever its case": ("STABILITY", {3}),
    "a word without its accent": ("cafe", {4}),
    "a word that is nowhere": ("istio", set()),
    "the start of a word is none": ("stab", set()),
    "the start of a word, with a star": ("stab*", {3}),
    "all words are required": ("kubernetes stability", {3}),
    "and all of them": ("kubernetes rust", set()),
    "in any order": ("stability kubernetes", {3}),
    "a phrase": ('"kubernetes 1.17"', {3}),
    "a phrase in another order": ('"stability kubernetes"', set()),
    "a phrase and a word": ('"1.17 stability" kubernetes', {3}),
    "two characters": ("网格", {1, 2}),
    "two others": ("落地", {1}),
    "two across what are words": ("务网", {1, 2}),
    "three characters": ("服务网", {1, 2}),
    "a whole run": ("服务网格的落地实践", {1}),
    "two that are apart": ("服务 实践", {1}),
    "two that never touch": ("服格", set()),
    "one character": ("落", {1}),
    "mixed, with a blank": ("eBPF 网格", {2}),
    "mixed, without one": ("k8s集群", {5}),
    "what only the text says": ("says", {1, 2, 3, 4, 5}),
    "AND is a word": ("C++ AND Rust", {4}),
    "OR is a word": ("kubernetes OR rust", set()),
    "NOT is a word": ("kubernetes NOT rust", set()),
    "NEAR is a word": ("NEAR(kubernetes rust)", set()),
    "a column is none": ("title:kubernetes", set()),
    "punctuation alone finds nothing": ("- * : ^ ( )", set()),
    "punctuation between words does not matter": ("kubernetes - stability", {3}),
    "nor does it at their ends": ("(kubernetes) +stability, 1.17:", {3}),
    "a quote left open": ('"kubernetes stability', {3}),
    "a quote in a word": ('kuber"netes', set()),
}


@pytest.mark.parametrize(("query", "expected"), SEARCHES.values(), ids=SEARCHES)
def test_search(desk, query, expected):
    """Words, phrases in quotes, starts of words with a star; nothing else has a meaning."""
    assert set(search.stories_with(desk.db, query, 100)) == expected


@pytest.mark.parametrize("title", TITLES.values())
def test_a_title_finds_its_story(desk, title):
    """Pasted as it is, whatever is in it."""
    found = search.stories_with(desk.db, title, 100)

    assert [stories.get(desk.db, found)[0].title] == [title]


any_query = st.one_of(
    st.text(),
    st.text('"*^:()+-{}ANDORT 网格'),
    st.lists(st.sampled_from(["AND", "NOT", '"', "*", "-", "a", "网"])).map(" ".join),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text()
    | st.text('"*^:()+-{}ANDORT 网格\0')
    | st.lists(st.sampled_from(["AND", '"', "*", "-", "a", "网"])).map(" ".join)
)
@example("\0")
@example('"\0"')
@example("\udc80")  # what the shell hands over for a byte that is no UTF-8
@example("a" * 100_000)
@example('"' * 99)
def test_no_query_breaks_a_search(desk, query):
    """Whatever somebody types, it finds stories or none."""
    assert set(search.stories_with(desk.db, query, 100)) <= TITLES.keys()


def test_an_entry_is_found_as_it_is_now(desk, internet, poll):
    """What it said before its change is no longer found."""
    internet[URL] = answer(item(3, "Kubernetes 1.18: 调度"))
    poll(1)

    assert search.stories_with(desk.db, "stability", 9) == []
    assert search.stories_with(desk.db, "1.18 调度", 9) == [3]


def test_the_newest_are_found_first_and_no_more_than_asked_for(desk, internet, poll):
    """By when they were first seen, then by number."""
    internet[URL] = answer(item(9, "服务"))
    poll(24)

    assert search.stories_with(desk.db, "服务", 9) == [6, 2, 1]
    assert search.stories_with(desk.db, "服务", 2) == [6, 2]


def test_notes_are_found_while_they_are_there(desk):
    """Title and text, of every language; what was deleted is not found, what came back by undo is."""

    def found() -> list[list[int]]:
        return [search.stories_with(desk.db, query, 9) for query in ("边车", "sidecar", "值得一读")]

    notes.write(desk, (3,), Writing("值得一读", "边车"), "zh-CN")
    notes.write(desk, (3,), Writing("A sidecar"), "en")
    written = found()
    notes.delete(desk, (3,), Writing(), "zh-CN")
    deleted = found()
    history.undo(desk)

    assert written == found() == [[3], [3], [3]]
    assert deleted == [[], [3], []]


def test_a_note_is_found_as_it_is_now(desk):
    """What was written over is no longer found, and after undo it is again."""
    notes.write(desk, (3,), Writing("旧的说法"), "zh-CN")
    notes.write(desk, (3,), Writing("新的说法"), "zh-CN")

    assert (search.stories_with(desk.db, "旧的", 9), search.stories_with(desk.db, "新的", 9)) == ([], [3])
    history.undo(desk)
    assert (search.stories_with(desk.db, "旧的", 9), search.stories_with(desk.db, "新的", 9)) == ([3], [])


def test_a_story_is_found_once(desk):
    """Though its title, its text and its note say it."""
    notes.write(desk, (3,), Writing("Kubernetes, Kubernetes"), "zh-CN")

    assert search.stories_with(desk.db, "kubernetes", 9) == [3]


FEEDS = """
  - {name: kube.blog, url: 'https://a.example/feed', section: up/Kubernetes}
  - {name: kube.news, url: 'https://b.example/feed', tags: [cloud]}
  - {name: other, url: 'https://c.example/feed', section: 业界要闻}
"""


@pytest.fixture
def world(store, internet, poll):
    """Eight stories: 1 and 2 of kube.blog, 3 and 4 of kube.news, 5 of other, and 6 to 8 a day later, one of each."""
    hosts = {"a": [1, 2], "b": [3, 4], "c": [5]}
    for turn in (0, 1):
        for place, (host, numbers) in enumerate(hosts.items()):
            later = [item(6 + place, link=f"https://{host}.example/{6 + place}")] * turn
            told = [item(number, link=f"https://{host}.example/{number}") for number in reversed(numbers)]
            internet[f"https://{host}.example/feed"] = answer(*later, *told)
        poll(24 * turn, feeds=FEEDS)
    desk = Desk(store, make_hub(FEEDS), "ed1", TUESDAY)
    marks.tag(desk, [1, 6], ["news", "k8s"], [])
    marks.tag(desk, [1], [], ["k8s"])
    marks.decide(desk, [2], "dropped", "old")
    marks.decide(desk, [3, 4], "shortlisted")
    picks.pick(desk, [5], None)
    picks.pick(desk, [7], "up/Knative")
    notes.write(desk, (5,), Writing("said"), "zh-CN")
    notes.write(desk, (6,), Writing("among us"), "zh-CN", private=True)
    return store


FILTERS = {
    "all": (Filter(), [8, 7, 6, 5, 4, 3, 2, 1]),
    "a limit": (Filter(limit=2), [8, 7]),
    "a limit of nothing": (Filter(limit=0), []),
    "a state": (Filter(states=("dropped",)), [2]),
    "states": (Filter(states=("picked", "shortlisted")), [7, 5, 4, 3]),
    "since": (Filter(since=TUESDAY + DAY), [8, 7, 6]),
    "since a moment later": (Filter(since=TUESDAY + timedelta(seconds=1)), [8, 7, 6]),
    "until": (Filter(until=TUESDAY + DAY), [5, 4, 3, 2, 1]),
    "since and until": (Filter(since=TUESDAY, until=TUESDAY + DAY, limit=1), [5]),
    "a feed": (Filter(feed="kube.blog"), [6, 2, 1]),
    "feeds by a pattern": (Filter(feed="kube.*"), [7, 6, 4, 3, 2, 1]),
    "a feed that there is not": (Filter(feed="kube"), []),
    "a tag": (Filter(tag="news"), [6, 1]),
    "a tag that was removed from one": (Filter(tag="k8s"), [6]),
    "a tag of a feed": (Filter(tag="cloud"), [7, 4, 3]),
    "a tag that nothing has": (Filter(tag="new"), []),
    "a section, by where feeds go": (Filter(section="业界要闻"), [8, 5]),
    "a section, with its groups": (Filter(section="upstream"), [7, 6, 2, 1]),
    "a group": (Filter(section="upstream/Kubernetes"), [6, 2, 1]),
    "a group that one was picked into": (Filter(section="upstream/Knative"), [7]),
    "a section that another starts with": (Filter(section="up"), []),
    "a section and a limit": (Filter(section="upstream", limit=2), [7, 6]),
    "without a note": (Filter(unannotated=True), [8, 7, 6, 4, 3, 2, 1]),
    "among some": (Filter(among=(1, 5, 99)), [5, 1]),
    "among none": (Filter(among=()), []),
    "several at once": (Filter(states=("shortlisted",), feed="kube.*", tag="cloud", among=(3, 5)), [3]),
}


@pytest.mark.parametrize(("wanted", "expected"), FILTERS.values(), ids=FILTERS)
def test_find(world, wanted, expected):
    """Newest first seen first, then the higher number; a filter asks for all that it names."""
    assert [story.number for story in stories.find(world, wanted)] == expected


def test_get_keeps_the_order_and_leaves_out_what_is_not_there(world):
    """Numbers come back as they were asked for."""
    assert [story.number for story in stories.get(world, [5, 99, 1, 8])] == [5, 1, 8]


def test_tags_are_counted_where_they_stand(world):
    """The most used first; what was removed does not count."""
    assert stories.tag_counts(world) == [("cloud", 3), ("news", 2), ("k8s", 1)]


def test_a_story_is_found_by_its_link(world):
    """By the key of its page; a key that nothing has finds none."""
    assert stories.with_key(world, "https://a.example/1") == [1]
    assert stories.with_key(world, "https://a.example/none") == []
