"""Likeness: which titles are alike, what is suggested to editors and what never again, what the labelled set says."""

import itertools
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import TUESDAY, item
from hypothesis import example, given
from hypothesis import strategies as st
from polling import URL, A, Polling, answer

from feedhub.model.document import Document, Entry, Head
from feedhub.model.feed import Feed
from feedhub.model.matching import Decisions, New, Told
from feedhub.model.story import Suggestion
from feedhub.pollers import likenesses
from feedhub.rules import identity, likeness
from feedhub.store import entries, feeds, pairs, stories
from feedhub.store import likenesses as index
from feedhub.store.connection import rows, writing
from feedhub.store.stories import Filter

BENCH = Path(__file__).parents[1] / "bench"
ID = "tag:weekly.example.org,2019:cloud-native"
DAY = timedelta(days=1)
NEWS = "Civil rights leader Jesse Jackson dies, aged 84"
OTHERS = "Jesse Jackson, US civil rights leader, dies at 84"

ALIKE = {
    "case, punctuation and white space": ("Helm  Moves to its own DCO!", "helm moves to its own “DCO”"),
    "compatibility forms": ("Ｋubernetes Ingress Controller in depth", "Kubernetes ingress controller, in depth"),
    "another order": (NEWS, OTHERS),
    "a typing error": ("Kubernetes volume snapshot moves to beta", "Kubernetes volume snaphsot moves to beta"),
    "what telling is called": ("Announcing Istio 1.4.2", "istio v1.4.2 released"),
    "and in Chinese": ("Announcing Istio 0.8", "Istio 0.8发布了！"),
    "a release without patches": ("Kubernetes v1.17.0 is out", "Kubernetes 1.17 is out"),
    "a number as a word": ("Volunteers rescue six skiers lost in avalanche", "6 skiers lost in avalanche, rescued"),
    "Chinese with a word more": ("熔断简介及工作原理详解（第2部分）", "微服务中的熔断简介及工作原理详解(第二部分)"),
    "Chinese with white space": ("Istio的软性多租户支持方案", "Istio 的软性多租户支持方案"),
}
UNLIKE = {
    "another version": ("Kubernetes v1.16.4 released", "Kubernetes v1.16.3 released"),
    "a candidate for it": ("Kubernetes v1.17.0-rc.1 released", "Kubernetes v1.17.0 released"),
    "a version of another project": ("Announcing Istio 1.0", "Announcing Linkerd 1.0"),
    "another pull request": ("Bump the golang format tools (#2268)", "Bump the golang format tools (#2285)"),
    "another week": ("Week Ending November 10, 2019, in review", "Week Ending November 3, 2019, in review"),
    "another month": ("ICYMI: July Linkerd community meetup", "ICYMI: August Linkerd community meetup"),
    "another part": ("A service mesh for Kubernetes, part VII", "A service mesh for Kubernetes, part VIII"),
    "another issue, in Chinese": ("云原生技术生态周报第二十一期", "云原生技术生态周报第二十二期"),
    "too little": ("Change Notes", "Change Notes"),
    "too little, in Chinese": ("更新日志", "更新日志"),
    "a version alone": ("v1.2.0", "v1.2.0"),
    "nothing": ("", ""),
    "only words that all have": ("What we have for you: an update", "What we have for you: an update"),
    "other news of one place": (
        "First day of Russia-Ukraine peace talks ends in Geneva",
        "Iran says guiding principles agreed with US at nuclear talks",
    ),
}


def is_alike(one, other):
    """Tell whether one title would be suggested for the other: found by the index, and alike enough."""
    found = likeness.compare(one, other)
    return bool(set(likeness.pairs(one)) & set(likeness.pairs(other)) and found and found.score >= likeness.ENOUGH)


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE)
def test_alike(one, other):
    """These may tell the same news."""
    assert is_alike(one, other)


@pytest.mark.parametrize(("one", "other"), UNLIKE.values(), ids=UNLIKE)
def test_unlike(one, other):
    """These do not, however many words they share."""
    assert not is_alike(one, other)


def test_what_is_said_of_a_likeness():
    """The words that both have, as the first has them, and the numbers; not those that say nothing."""
    found = likeness.compare(NEWS, OTHERS)

    assert found == likeness.Likeness(90, ("civil", "rights", "leader", "jesse", "jackson", "dies", "84"))


def test_pairs_are_the_same_everywhere():
    """They are stored: no seed of a process has a say in them."""
    assert likeness.pairs("Helm moves home today") == (1868503898838276841, 7625541363756871282, 6670895207949801901)


WORDS = "Istio 1.4.2 云原生 服务网格 part II 7 café #12 no. 第 三".split()
TITLES = st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join))


@given(TITLES, TITLES)
@example("\ufdfa" * 500, "9" * 9999)
@example("\ud800 half a pair", "第一 第")
@example(" ".join(map("".join, itertools.product("klmnopq", "rstuvwxyz"))), "")
def test_likeness_has_no_sides_and_never_breaks_a_poll(one, other):
    """Two titles are as alike as the other way round; the pairs of any title fit into the store and are few."""
    found, back = likeness.compare(one, other), likeness.compare(other, one)

    assert (found is None) == (back is None)
    if found and back:
        assert found.score == back.score
        assert set(found.words) == set(back.words)
        assert 0 <= found.score <= 100
    assert all(0 <= pair < 2**63 for pair in likeness.pairs(one))
    assert len(likeness.pairs(one)) < 40


@given(TITLES)
def test_a_title_is_like_itself_unless_it_says_too_little(title):
    """As alike as can be, by any of its pairs."""
    found = likeness.compare(title, title)

    assert found is None or found.score == 100
    assert found is not None or not likeness.pairs(title)


class News:
    """Feeds a, b and c, in a store; call it to have one of them tell something new, and return the story."""

    def __init__(self, store):
        self.store = store
        self.told = 0
        listed = [Feed(name, f"https://{name}.example/feed") for name in "abc"]
        feeds.reconcile(store, listed, ID, TUESDAY)
        self.feeds = {state.feed.name: state for state in feeds.states(store, listed)}

    def __call__(self, feed, title, days=0, *, between=None, **how):
        self.told += 1
        entry = Entry(id=f"urn:{self.told}", title=title, link=f"https://{feed}.example/{self.told}")
        said = identity.said(Document(Head(), (entry,), "rss20"))
        new = Decisions(new=(New(said[0], **how),), changed=(), gone=(), back=(), gap=False)
        now = TUESDAY + days * DAY
        with writing(self.store):
            told = entries.record(self.store, self.feeds[feed], ID, new, now)
            if between:
                self.store.execute(between, [told[0].story])
            likenesses.suggest(self.store, told, now)
        return told[0].story

    def waiting(self, *stories):
        """Return what is suggested for stories, without the score."""
        found = pairs.waiting(self.store, stories)
        return {story: [one.story for one in found[story]] for story in stories}

    def decide(self, verdict):
        """Have an editor decide on all that waits."""
        with writing(self.store):
            self.store.execute("update pairs set verdict = ? where verdict is null", [verdict])

    def merge(self, other, into):
        """Make a story part of another one."""
        with writing(self.store):
            self.store.execute("update entries set story = ?, part = part + 100 where story = ?", [into, other])
            self.store.execute("update stories set merged_into = ? where ? in (id, merged_into)", [into, other])

    def part_of_a_third(self, story):
        """Make a story part of a new one, and return that."""
        third = self("c", f"Nothing like that, at all, {'abcdef'[self.told]}")
        self.merge(story, third)
        return third

    def suggest(self, one, other, score=80):
        """Suggest once more that two stories are one."""
        with writing(self.store):
            pairs.suggest(self.store, one, Suggestion(other, score, "again"), "likeness", TUESDAY)


@pytest.fixture
def news(store):
    """Three feeds that have told nothing."""
    return News(store)


def test_what_another_feed_tells_in_other_words_is_suggested(news):
    """Both stories say so, with the score and the words that they share; nothing is merged."""
    one, other = news("a", NEWS), news("b", OTHERS, days=13)

    found = pairs.waiting(news.store, [one, other])

    assert found[one] == (Suggestion(other, 90, "jesse jackson civil rights leader dies 84"),)
    assert found[other] == (Suggestion(one, 90, "jesse jackson civil rights leader dies 84"),)
    assert one != other


HIDE = "update stories set hidden = 'bots' where id = ?"
NOT_SUGGESTED = {
    "by the same feed": [("a", NEWS), ("a", OTHERS)],
    "three weeks later": [("a", NEWS), ("b", OTHERS, 21)],
    "to what was there before we knew its feed": [("a", NEWS, 0, {"backlog": True}), ("b", OTHERS)],
    "for what was there before we knew its feed": [("a", NEWS), ("b", OTHERS, 0, {"backlog": True})],
    "for what is held": [("a", NEWS), ("b", OTHERS, 0, {"held": True})],
    "for what a rule hid": [("a", NEWS), ("b", OTHERS, 0, {"between": HIDE})],
    "to what a rule hid": [("a", NEWS, 0, {"between": HIDE}), ("b", OTHERS)],
    "other news": [("a", NEWS), ("b", "Civil servants of Jackson county strike")],
    "other news of the same sort": [("a", NEWS), ("b", "Georgia remembers a civil rights leader and saint, aged 84")],
}


@pytest.mark.parametrize("told", NOT_SUGGESTED.values(), ids=NOT_SUGGESTED)
def test_not_suggested(news, told):
    """What comes too late, is no news, or comes from the feed itself."""
    stories = [news(*said[:3], **(said[3] if said[3:] else {})) for said in told]

    assert news.waiting(*stories) == {story: [] for story in stories}


def test_a_title_that_changes_suggests_nothing(news):
    """Some publishers edit their titles at every poll."""
    news("a", NEWS)
    story = news("b", "Quite another thing to tell, at first")
    (said,) = identity.said(Document(Head(), (Entry(title=OTHERS),), "rss20"))

    with writing(news.store):
        likenesses.suggest(news.store, [Told(2, story, said, changed=True)], TUESDAY)

    assert news.waiting(story) == {story: []}


def test_what_was_hidden_later_is_not_suggested(news):
    """Nobody is asked about what is off the desk by now."""
    one = news("a", NEWS)
    with writing(news.store):
        news.store.execute("update stories set hidden = 'bots' where id = ?", [one])

    assert news.waiting(news("b", OTHERS)) == {2: []}


def test_what_became_part_of_another_story_at_once_is_suggested_for_that(news):
    """Keys come first: likeness asks in which story an entry is now."""
    one, other = news("a", "Nothing like that at all, altogether"), news("b", NEWS)

    news("c", OTHERS, between=f"update entries set story = {one}, part = 9 where story = ?")

    assert news.waiting(one, other) == {one: [other], other: [one]}


def test_a_feed_that_told_a_story_is_not_suggested_for_it(news):
    """The week's issue of a blog, which a planet repeats, is not like that of the week before."""
    one = news("a", "This week in the world of service meshes: routing")
    news.merge(news("b", "What a planet says of something else altogether"), one)

    assert news.waiting(news("b", "This week in the world of service meshes: testing")) == {3: []}


def test_the_likeliest_comes_first(news):
    """Of several, and each story once: by that of its entries which is most alike."""
    first, second = news("a", NEWS), news("a", f"{OTHERS} in Chicago")
    news.merge(news("a", f"{OTHERS} in hospital, in Chicago"), second)

    found = pairs.waiting(news.store, [news("b", f"{OTHERS} in Chicago")])

    assert [(one.story, one.score) for one in found[4]] == [(second, 100), (first, 89)]


REFUSED = {
    "as they are": (False, False),
    "when one became part of a third": (True, False),
    "when the other did": (False, True),
    "when both did": (True, True),
}


@pytest.mark.parametrize("merged", REFUSED.values(), ids=REFUSED)
def test_what_an_editor_refused_is_never_suggested_again(news, merged):
    """Nor what was split; under whatever numbers the stories go, and in whichever order."""
    refused = news("a", NEWS), news("b", OTHERS)
    news.decide("two")
    one, other = (
        news.part_of_a_third(story) if is_merged else story for story, is_merged in zip(refused, merged, strict=True)
    )

    news.suggest(one, other)
    news.suggest(other, one)

    assert news.waiting(one, other) == {one: [], other: []}
    assert len(rows(news.store, "select 1 from pairs")) == 1


def test_what_waits_is_suggested_once(news):
    """The first words stand; what is suggested of a story that became part of another is suggested of that one."""
    one, other = news("a", NEWS), news("b", OTHERS)
    news.suggest(other, one, score=99)
    before = pairs.waiting(news.store, [one])[one]

    third = news.part_of_a_third(one)

    assert [suggestion.score for suggestion in before] == [90]
    assert news.waiting(other, third) == {other: [third], third: [other]}


def test_stories_that_became_one_wait_for_nothing(news):
    """Nor does one story that was refused under one number, and suggested under another before they became one."""
    one, other = news("a", NEWS), news("b", OTHERS)
    third = news("c", f"{OTHERS} in Chicago")
    with writing(news.store):
        news.store.execute("update pairs set verdict = 'two' where one = ? and other = ?", [one, third])

    news.merge(other, one)

    assert news.waiting(one, third) == {one: [], third: []}


def test_no_story_is_suggested_for_itself(news):
    """A row of one story with itself says nothing."""
    one = news("a", NEWS)

    news.suggest(one, one)

    assert rows(news.store, "select 1 from pairs") == []


def test_words_that_hundreds_have_make_no_look_up_long(news):
    """At most fifty entries are taken for a pair of words and twenty are looked at, the latest first."""
    for week in range(120):
        news("a", f"Roundup of the service mesh week, {'abcdefghijklmnopqrstuvwxyz'[week % 26]} to z")
    mine = news("b", "Quite another thing to tell")

    near = index.near(news.store, mine, likeness.pairs("Roundup of the service mesh week"), 0)

    assert len(near) == 20
    assert min(story for story, _ in near) > 120 - 50


def test_the_index_keeps_two_weeks(news):
    """What is older is taken out when something new comes."""
    for days in (0, 1, 14, 15):
        news("a", NEWS, days)

    days = rows(news.store, "select distinct day from likenesses order by day")
    assert [row["day"] - TUESDAY.toordinal() for row in days] == [1, 14, 15]


def test_no_look_up_reads_a_table_as_a_whole(news):
    """Nor all that a feed ever told: each step of what is asked for a new entry goes by an index that leads to few."""
    asked: list[str] = []
    one = news("a", NEWS)
    news.store.set_trace_callback(asked.append)
    mine = news("b", OTHERS)
    pairs.waiting(news.store, [one, mine])
    news.store.set_trace_callback(None)

    assert {sql[-8:] for sql in asked if "select entry from likenesses" in sql} == {"limit 50"}
    about = [sql for sql in asked if "likenesses" in sql or "pairs" in sql or "theirs" in sql]
    plans = [row["detail"] for sql in about for row in rows(news.store, f"explain query plan {sql}")]
    assert len(about) > 10
    assert [plan for plan in plans if plan.startswith("SCAN") and plan.split()[1] in TABLES] == []
    assert [plan for plan in plans if "(feed=?" in plan] == []


TABLES = {"entries", "stories", "pairs", "likenesses", "first", "last"}


def test_a_poll_suggests(store, internet, monkeypatch):
    """What two feeds say at one poll, in other words: the list has both, each with the other."""
    poll = Polling(store, internet, monkeypatch)
    internet[URL], internet[OTHER_URL] = answer(item(1, NEWS)), answer(item(2, OTHERS))

    poll(0, feeds=f"{A}  - {{name: z, url: '{OTHER_URL}'}}\n")

    found = stories.find(store, Filter())
    assert sorted((story.title, [one.story for one in story.suggested]) for story in found) == [
        (NEWS, [2]),
        (OTHERS, [1]),
    ]


OTHER_URL = "https://z.example/feed"


# the labelled set


GROUPS = ("between feeds", "of these, hard", "of one feed, as if two had told them")


@pytest.fixture(scope="module")
def report(shared) -> list[str]:
    """The lines that bench/stories.py prints."""
    command = [sys.executable, str(BENCH / "stories.py"), str(shared / "data")]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout.splitlines()


@pytest.fixture(scope="module")
def told_apart(report) -> dict[str, dict[str, list[str]]]:
    """Of the tables in it, by what is above them, the cells of each row."""
    tables: dict[str, dict[str, list[str]]] = {}
    for line in report:
        if line.endswith(":"):
            cells_of = tables.setdefault(line.lstrip("0123456789 ").removeprefix("pairs ").removesuffix(":"), {})
        elif line.startswith("| ") and not line.startswith("| |"):
            head, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            cells_of[head] = cells
    return tables


def test_the_labelled_set_is_large_and_hard(told_apart):
    """Two thousand pairs and more, of which three hundred are hard, and all three labels are in it."""
    sizes = {name: sum(map(int, told_apart[name]["all"][:3])) for name in GROUPS}

    assert sizes["between feeds"] + sizes["of one feed, as if two had told them"] >= 2000
    assert sizes["of these, hard"] >= 300
    assert all(int(count) > 100 for count in told_apart["between feeds"]["all"][:3])


def test_two_people_agree_on_the_labels(report):
    """Two hundred pairs were labelled again, by somebody who knew neither the rules nor the labels."""
    agreed = [line.split() for line in report if line.startswith("Two people agree")]

    assert [words[6] for words in agreed] == ["200", "200"]
    assert all(float(words[words.index("kappa") + 1].rstrip("):")) > 0.8 for words in agreed)


@pytest.mark.parametrize("name", GROUPS)
def test_keys_merge_what_is_the_same(told_apart, name):
    """Of a thousand entries that a key merges, five may be wrong."""
    same, related, different = map(int, told_apart[name]["merged by a key"][:3])

    assert same > 0
    assert same / (same + related + different) >= 0.995


def test_likeness_suggests_what_may_be_the_same(told_apart):
    """Of ten suggestions nine are right, and hardly any is of things that have nothing to do with each other."""
    table = told_apart["between feeds"]
    same, related, different = map(int, table[f"of the rest, likeness of {likeness.ENOUGH}"][:3])

    assert same / (same + related + different) >= 0.9
    assert different <= 0.01 * same
    assert float(table["merged or suggested"][4].removesuffix("%")) >= 75
