"""Releases at work: what polls hide of them, what they tell as one story, and what editors make of it."""

from datetime import timedelta

import pytest
from conftest import TUESDAY, item, make_hub
from polling import Polling, answer

from feedhub.editors import marks, picks
from feedhub.editors.desk import Desk
from feedhub.model.feed import Response
from feedhub.store import decisions, stories
from feedhub.store.stories import Filter

DAY = timedelta(days=1)
URL = "https://github.com/a/b/releases.atom"
OTHER = "https://z.example/feed"
MINOR = "{prerelease: false, bump: minor, collapse: patch}"
ALL = "{collapse: patch}"


def page(tag: str) -> str:
    return f"https://github.com/a/b/releases/tag/{tag}"


@pytest.fixture
def polling(store, internet, monkeypatch):
    return Polling(store, internet, monkeypatch)


@pytest.fixture
def tell(internet, polling):
    """Have the feed tell these releases beside those before, on a day after TUESDAY, and poll it."""
    items: list[str] = []

    def visit(day: int, *tags: str, wanted: str = MINOR):
        for tag in tags:
            at = TUESDAY + day * DAY
            items.insert(0, item(1, tag, guid=tag, link=page(tag), pubDate=at.strftime("%d %b %Y %H:%M:%S GMT")))
        internet[URL] = answer(*items)
        feeds = f"  - {{name: b, url: '{URL}', releases: {wanted}}}\n  - {{name: z, url: '{OTHER}'}}\n"
        return polling(24 * day, feeds=feeds, force=True)["b"].counts

    return visit


def listed(store) -> list[tuple[int, str, str]]:
    return [(one.number, one.state, one.title) for one in stories.find(store, Filter())]


def desk(store) -> Desk:
    return Desk(store, make_hub(), "ed1", TUESDAY)


def test_patches_join_the_release_of_their_week(store, tell):
    """They do not count alone; with it they are one story, which names them, and says why."""
    tell(0, "v1.17.0")
    counts = tell(1, "v1.15.7", "v1.16.4")

    assert listed(store) == [(1, "new", "v1.17.0, also v1.16.4, v1.15.7")]
    assert (counts.new, counts.hidden) == (2, 0)
    assert stories.get(store, [1])[0].releases == ("v1.17.0", "v1.16.4", "v1.15.7")
    told = [(one.entry, one.by, one.what, one.matched) for _, one in decisions.of_story(store, 1)]
    assert told[-4:] == [
        (3, "releases", "joined", "v1.16.4, a patch in the week of v1.17.0"),
        (None, "releases", "merged 3", "v1.16.4, a patch in the week of v1.17.0"),
        (2, "releases", "joined", "v1.15.7, a patch in the week of v1.17.0"),
        (None, "releases", "merged 2", "v1.15.7, a patch in the week of v1.17.0"),
    ]


def test_hidden_patches_join_when_the_greater_release_comes(store, tell):
    """In the same week; until then they are one hidden story."""
    counts = tell(0, "v1.16.4", "v1.15.7")
    before = listed(store)
    tell(1, "v1.17.0")

    assert (counts.new, counts.hidden) == (2, 2)
    assert before == [(1, "hidden", "v1.16.4, also v1.15.7")]
    assert listed(store) == [(3, "new", "v1.17.0, also v1.16.4, v1.15.7")]
    assert stories.current(store, [1, 2, 3]) == {1: 3, 2: 3, 3: 3}


def test_of_a_new_series_only_the_first_that_comes_counts(store, tell):
    """Though both come at once, and v1.17.0 never came."""
    tell(-6, "v1.16.3", wanted="{bump: minor}")
    counts = tell(0, "v1.17.1", "v1.17.2", wanted="{bump: minor}")

    assert (counts.new, counts.hidden) == (2, 1)
    assert [one.title for one in stories.find(store, Filter(states=("new",)))] == ["v1.17.1"]


def test_a_patch_that_was_brought_back_stays_on_the_desk(store, tell):
    """A greater one of its week, which would be hidden, joins it there."""
    tell(0, "v1.15.7")
    marks.unhide(desk(store), [1])
    tell(1, "v1.15.8")

    assert [(state, title) for _, state, title in listed(store)] == [("new", "v1.15.8, also v1.15.7")]


def test_releases_of_a_feed_that_is_held_wait(store, tell):
    """They are neither judged nor told together with others until an editor says what they are."""
    tell(0, "v1.17.0")
    store.execute("update feeds set held_since = '2019-12-10T10:00:00Z'")
    tell(1, "v1.16.4")

    assert listed(store) == [(2, "hidden", "v1.16.4"), (1, "new", "v1.17.0")]
    assert stories.get(store, [2])[0].hidden_by == "hold"


def test_a_patch_of_the_next_week_is_hidden(store, tell):
    """The newsletter's week, in its zone: TUESDAY and the Monday after it."""
    tell(0, "v1.17.0")
    counts = tell(6, "v1.16.4")

    assert counts.hidden == 1
    (hidden,) = stories.find(store, Filter(states=("hidden",)))
    assert (hidden.title, hidden.hidden, hidden.hidden_by) == (
        "v1.16.4",
        "v1.16.4 is a patch release, less than minor",
        "releases",
    )


def test_candidates_are_hidden_and_can_be_brought_back(store, tell):
    """Stored, listed as hidden, and after `unhide` like any other."""
    tell(0, "v1.17.0-rc.1")
    marks.unhide(desk(store), [1])
    tell(1, "v1.17.0")

    assert listed(store) == [(2, "new", "v1.17.0"), (1, "new", "v1.17.0-rc.1")]


def test_where_patches_count_the_greatest_leads(store, tell):
    """Also one that comes later: the story is the one that was there."""
    tell(0, "v1.15.7", wanted=ALL)
    picks.pick(desk(store), [1], "业界要闻")
    picks.unpick(desk(store), [1])
    tell(1, "v1.16.4", wanted=ALL)

    assert listed(store) == [(1, "shortlisted", "v1.16.4, also v1.15.7")]


def test_in_an_issue_nothing_changes_its_place(store, tell):
    """A greater release joins a story that is picked, and does not lead it."""
    tell(0, "v1.15.7", wanted=ALL)
    picks.pick(desk(store), [1], "业界要闻")
    tell(1, "v1.16.4", wanted=ALL)

    assert listed(store) == [(1, "picked", "v1.15.7, also v1.16.4")]


def test_a_dropped_release_has_news_by_a_patch(store, tell):
    """It comes back to the desk."""
    tell(0, "v1.17.0")
    marks.decide(desk(store), [1], "dropped")
    tell(1, "v1.16.4")

    (story,) = stories.find(store, Filter())
    assert (story.state, story.title, story.news_since is not None) == ("new", "v1.17.0, also v1.16.4", True)


def test_two_stories_that_editors_work_on_are_only_suggested(store, tell):
    """Merging them is for an editor to say."""
    tell(0, "v1.16.4", wanted=ALL)
    marks.decide(desk(store), [1], "shortlisted")
    tell(0, "v1.15.7", wanted="{}")
    marks.decide(desk(store), [2], "shortlisted")
    tell(1, "v1.17.0", wanted=ALL)

    found = {one.number: one for one in stories.find(store, Filter())}
    assert sorted(found) == [1, 2]
    assert [(one.story, one.score) for one in found[2].suggested] == [(1, 100)]


def test_a_release_that_others_tell_stays_on_the_desk(store, internet, tell):
    """A patch that a blog writes about is news, whatever `releases:` says of it alone."""
    internet[OTHER] = answer(item(9, "Patch now", link=page("v1.16.4")))
    tell(0)
    tell(1, "v1.16.4")

    assert [(number, state) for number, state, _ in listed(store)] == [(1, "new")]


def test_backlog_is_left_alone(store, tell):
    """What was there before the feed was known is neither hidden nor told with what is new."""
    counts = tell(-60, "v1.16.0")
    assert counts.backlog == 0
    tell(0, "v1.17.0")

    assert len(listed(store)) == 2


def test_without_a_word_in_feeds_yaml_all_releases_are_news(store, internet, polling):
    """Nothing is hidden, nothing told together."""
    internet[URL] = answer(item(1, "v1.17.0", link=page("v1.17.0")), item(2, "v1.16.4-rc.1", link=page("v1.16.4-rc.1")))

    polling(0, feeds=f"  - {{name: b, url: '{URL}'}}\n")

    assert [state for _, state, _ in listed(store)] == ["new", "new"]


# as they were


def github(shared, internet, polling, name: str, *days: str, wanted: str = MINOR) -> None:
    """Poll what releases.atom of a repository said on some days of December 2019, at noon."""
    url = f"https://github.com/{name.replace('__', '/')}/releases.atom"
    for day in days:
        body = (shared / "data/real/github" / name / f"releases-{day}.atom").read_bytes()
        internet[url] = Response(200, url, {}, body)
        hours = (int(day[-2:]) - 10) * 24 + 2
        polling(hours, feeds=f"  - {{name: r, url: '{url}', releases: {wanted}}}\n", force=True)


def test_the_week_of_kubernetes_1_17(store, internet, polling, shared):
    """2019-12-09: v1.17.0, two days later its patches; the candidates before it are hidden."""
    github(shared, internet, polling, "kubernetes__kubernetes", "20191209", "20191212")

    on_desk = stories.find(store, Filter(states=("new",)))

    assert [story.title for story in on_desk] == ["v1.17.0, also v1.16.4, v1.15.7, v1.14.10"]
    assert [one.title for one in stories.find(store, Filter(states=("hidden",)))] == ["v1.17.0-rc.2"]
    assert stories.in_backlog(store) == 8


REAL = {
    # What is news at the second look: the first one is all backlog, but for the week before it.
    "knative__serving": (("20191209", "20191211"), ["v0.11.0, also v0.10.1"]),
    "knative__eventing": (("20191209", "20191211"), ["v0.11.0, also v0.10.2"]),
    "istio__istio": (("20191209", "20191216"), []),
    "kubernetes__apiserver": (("20191209", "20191216"), ["kubernetes-1.17.0", "v0.17.0"]),
}


@pytest.mark.parametrize("name", REAL)
def test_what_real_projects_released(store, internet, polling, shared, name):
    """Versions of other things in one repository are told apart, and pre-releases are kept off the desk."""
    days, expected = REAL[name]
    github(shared, internet, polling, name, *days)

    assert [story.title for story in stories.find(store, Filter(states=("new",)))] == expected
