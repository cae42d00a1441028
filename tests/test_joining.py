"""Which story a new entry goes into, which entry leads, and what brings a story back to the desk."""

from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import TUESDAY, item, make_hub
from polling import URL, A, Polling, answer, told

from feedhub.editors import history, marks, merging
from feedhub.editors.desk import Desk
from feedhub.errors import UsageError
from feedhub.model.document import Document, Entry, Event, Head
from feedhub.model.feed import Feed, FeedState, Fetched
from feedhub.model.matching import Candidate, Joining, New, Told
from feedhub.model.story import Reference
from feedhub.pollers import renewing
from feedhub.rules import identity, joining
from feedhub.store import decisions, feeds, references, stories
from feedhub.store.connection import rows, writing
from feedhub.store.stories import Filter

PLANET, BLOG = "https://planet.example/feed", "https://z.example/feed"
BOTH = f"  - {{name: blog, url: '{BLOG}'}}\n  - {{name: planet, url: '{PLANET}'}}\n"
SAME = "https://z.example/news"
DAY = timedelta(days=1)
PULL = "kubernetes/kubernetes#88567"

CANDIDATE = Candidate(SAME, 7, SAME, PLANET, None, position=1, is_new=False, own=False, touched=False, placed=False)
FEED = FeedState(1, Feed("a", URL))


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


@pytest.fixture
def entry():
    """A new entry that leads to SAME."""
    return New(identity.said_again(Entry(link=SAME), shared=False))


def found(store):
    """Return all stories, as they are numbered."""
    return sorted(stories.find(store, Filter()), key=lambda story: story.number)


WHERE = {
    "nobody told it": ((), None),
    "one story": ((CANDIDATE,), Joining(7, SAME)),
    "the same feed told it under this link: several entries may lead to one page": (
        (replace(CANDIDATE, own=True),),
        None,
    ),
    "the same feed told of the same pull request": (
        (replace(CANDIDATE, own=True, key=PULL),),
        Joining(7, PULL),
    ),
    "two stories that nobody touched are one": (
        (CANDIDATE, replace(CANDIDATE, story=3, key=PULL)),
        Joining(3, PULL, absorbs=(7,)),
    ),
    "one that an editor touched waits for a word": (
        (replace(CANDIDATE, touched=True), replace(CANDIDATE, story=3)),
        Joining(3, SAME, doubts=(7,)),
    ),
    "the publisher's own page leads when stories become one": (
        (replace(CANDIDATE, story=3), replace(CANDIDATE, feed=BLOG)),
        Joining(3, SAME, led_by=7, absorbs=(7,)),
    ),
    "the one that an issue has goes first": (
        (CANDIDATE, replace(CANDIDATE, story=9, placed=True, touched=True)),
        Joining(9, SAME, absorbs=(7,)),
    ),
}


@pytest.mark.parametrize(("candidates", "expected"), WHERE.values(), ids=WHERE)
def test_where_an_entry_goes(entry, candidates, expected):
    assert joining.joining(entry, FEED, candidates) == expected


def test_a_text_that_is_about_something_else_now_brings_stories_together(entry):
    """Its own story takes in what nobody touched; without any other story there is nothing to do."""
    changed = Told(1, 7, entry.said, changed=True)

    assert joining.bridging(changed, [CANDIDATE]) is None
    assert joining.bridging(changed, [CANDIDATE, replace(CANDIDATE, story=9)]) == Joining(7, SAME, absorbs=(9,))


AT_SOURCE = FeedState(1, Feed("blog", BLOG), position=5)
LEADS = {
    "the publisher's own feed goes before a planet, though later": (AT_SOURCE, CANDIDATE, True),
    "a planet never goes before the publisher": (FEED, replace(CANDIDATE, feed=BLOG), False),
    "of two planets who said it first": (FEED, CANDIDATE, False),
    "of two planets in one poll the one that is listed first": (FEED, replace(CANDIDATE, is_new=True), True),
    "and not the one that is listed last": (
        replace(FEED, position=3),
        replace(CANDIDATE, is_new=True),
        False,
    ),
    "in an issue nothing changes": (AT_SOURCE, replace(CANDIDATE, placed=True), False),
}


@pytest.mark.parametrize(("feed", "candidate", "expected"), LEADS.values(), ids=LEADS)
def test_which_entry_leads(feed, candidate, expected):
    assert joining.leads(SAME, feed, candidate) is expected


SOURCES = {
    "its own site": (SAME, BLOG, None, True),
    "another one": (SAME, PLANET, None, False),
    "a site below": ("https://blog.z.example/x", BLOG, None, True),
    "a name that only ends so": ("https://xz.example/x", BLOG, None, False),
    "by its home, when the feed is served elsewhere": (SAME, "https://feeds.example/z", "https://www.z.example/", True),
    "GitHub, of one owner": ("https://github.com/a/x/pull/1", "https://github.com/A/y/commits.atom", None, True),
    "GitHub, of another": ("https://github.com/a/x/pull/1", "https://github.com/b/x/commits.atom", None, False),
    "the API of GitHub": ("https://github.com/a/x/pull/1", "https://api.github.com", "https://github.com/a", True),
    "no link": (None, BLOG, None, False),
}


@pytest.mark.parametrize(("link", "url", "home", "expected"), SOURCES.values(), ids=SOURCES)
def test_whose_page_it_is(link, url, home, expected):
    assert joining.is_at_source(link, url, home) is expected


def test_the_publisher_takes_the_lead_when_it_comes_later(store, internet, poll):
    """The planet was faster; the title and the link become the publisher's, and `why` can tell."""
    internet[PLANET], internet[BLOG] = answer(item(1, "Planet: news", link=SAME)), answer(item(9))
    poll(0, feeds=BOTH)
    internet[BLOG] = answer(item(2, "News", link=SAME), item(9))

    poll(1, feeds=BOTH)

    (story,) = (story for story in found(store) if story.also)
    assert (story.title, story.feed, story.also) == ("News", "blog", ("planet",))
    why = [(one.by, one.what, one.matched) for _, one in decisions.of_story(store, story.number)]
    assert why == [("keys", "joined", SAME), ("lead", "leads", SAME)]


def dropped(store, number):
    marks.decide(Desk(store, None, "ann", TUESDAY), [number], "dropped")


def test_an_entry_that_joins_a_dropped_story_brings_it_back(store, internet, poll):
    """With the moment of the news, once: what is said further on does not move it."""
    internet[BLOG], internet[PLANET] = answer(item(1, link=SAME)), answer(item(9))
    poll(0, feeds=BOTH)
    number = next(story.number for story in found(store) if story.feed == "blog")
    dropped(store, number)
    internet[PLANET] = answer(item(2, link=SAME), item(9))
    poll(1, feeds=BOTH)
    poll(2, feeds=BOTH)

    assert rows(store, "select state, news_at from stories where id = ?", [number]) == [
        {"state": "dropped", "news_at": "2019-12-10T11:00:00Z"}
    ]


def test_what_is_published_again_is_no_news(store, internet, poll):
    """Same title, another id and link, the old one gone: the publisher moved it."""
    older = item(1)
    internet[URL] = answer(item(20, "Release", link="https://a.example/2019/11/release"), older)
    poll(0)
    number = next(story.number for story in found(store) if story.title == "Release")
    dropped(store, number)
    internet[URL] = answer(item(21, "Release", link="https://a.example/2019/12/release"), older)

    poll(1)

    assert len(stories.get(store, [number])[0].entries) == 2
    assert rows(store, "select news_at from stories where id = ?", [number]) == [{"news_at": None}]


def test_stories_that_a_third_feed_shows_to_be_one_become_one(store, internet, poll):
    """A pull request's page, a report on it, and an entry that is about both: the numbers go on working."""
    pull, report = "https://github.com/kubernetes/kubernetes/pull/88567", "https://z.example/report"
    third = "https://third.example/feed"
    internet[BLOG], internet[PLANET] = answer(item(1, link=report)), answer(item(2, link=pull))
    poll(0, feeds=BOTH)
    one, other = (story.number for story in found(store))
    internet[third] = answer(item(3, "Report", link=report, guid=f"{pull}"))

    poll(1, feeds=f"{BOTH}  - {{name: third, url: '{third}'}}\n")

    assert stories.current(store, [one, other]) == {one: one, other: one}
    (story,) = found(store)
    assert sorted(entry.part for entry in story.entries) == [1, 2, 3]
    assert rows(store, "select count(*) as n from entries where is_primary")[0]["n"] == 1


def test_what_other_rules_made_is_made_again_without_a_word(store, internet, poll):
    """After an update: keys are those of these rules, no revision, nothing new; and it is done once."""
    internet[URL] = answer(
        item(1, link=SAME), item(2, link="https://a.example/both"), item(3, link="https://a.example/both")
    )
    poll(0, feeds=A)
    before = rows(store, "select key, entry, defining from keys order by entry, key")
    with writing(store):
        store.execute("insert into keys (key, entry, defining) values ('old', 1, 1)")
        store.execute("update entries set rule_version = 1, fingerprint = 'old'")

    renewing.renew(store)

    assert rows(store, "select count(*) as n from entries where rule_version = 1 or fingerprint = 'old'")[0]["n"] == 0
    assert rows(store, "select count(*) as n from revisions")[0]["n"] == 0
    assert [row["defining"] for row in before] == [0, 0, 1]
    assert rows(store, "select key, entry, defining from keys order by entry, key") == before


def test_an_event_that_is_postponed_is_the_same_story_with_news(store):
    """Its date is not its key: other days and another status bring back what an editor had dropped."""
    feeds.reconcile(store, [FEED.feed], "tag:a.example,2019:x", TUESDAY)
    (state,) = feeds.states(store, [FEED.feed])
    conference = Entry(
        id="kubecon@events.example", title="KubeCon", event=Event(TUESDAY + 100 * DAY, status="confirmed")
    )
    later = replace(conference, event=Event(TUESDAY + 240 * DAY, status="tentative"))

    for day, entry in enumerate((conference, conference, later, replace(later, summary="In Amsterdam"))):
        told(
            store,
            state,
            Fetched(Head(), identity.said(Document(Head(), (entry,), "ical")), "ical"),
            TUESDAY + day * DAY,
        )
        if day == 0:
            dropped(store, 1)

    (story,) = found(store)
    assert (story.number, story.state, len(story.entries), "uid:kubecon@events.example" in story.keys) == (
        1,
        "new",
        1,
        True,
    )
    assert rows(store, "select news_at from stories") == [{"news_at": "2019-12-12T10:00:00Z"}]


def test_a_mention_is_a_cross_reference(store, internet, poll):
    """Who only speaks of a pull request stays a story of its own; each can be found from the other."""
    internet[BLOG] = answer(item(1, "Send GOAWAY", link="https://github.com/kubernetes/kubernetes/pull/88567"))
    internet[PLANET] = answer(item(2, "The week", description="We liked kubernetes/kubernetes#88567."))
    poll(0, feeds=BOTH)
    pull, week = sorted(found(store), key=lambda story: story.title == "The week")

    assert references.see_also(store, week.number) == (Reference(pull.number, PULL, is_about=True),)
    assert references.see_also(store, pull.number) == (Reference(week.number, PULL, is_about=False),)


def test_entries_of_one_poll_that_come_together_are_all_there(store, internet, poll):
    """Two entries get the title of one vulnerability at once: one story of two, and nothing is part of itself."""
    internet[URL] = answer(item(1, "First"), item(2, "Second"))
    poll(0)
    internet[URL] = answer(item(1, "CVE-2020-8555: SSRF"), item(2, "CVE-2020-8555: again"))

    poll(1)

    (story,) = found(store)
    assert len(story.entries) == 2
    assert rows(store, "select id, merged_into from stories order by id") == [
        {"id": 1, "merged_into": None},
        {"id": 2, "merged_into": 1},
    ]


def test_an_entry_goes_into_what_its_story_has_become_meanwhile(store, internet, poll):
    """One entry of a document makes two stories one, the next has the key of the one that is no more."""
    pull, report = "https://github.com/kubernetes/kubernetes/pull/88567", "https://z.example/report"
    third = "https://third.example/feed"
    internet[BLOG], internet[PLANET] = answer(item(1, link=report)), answer(item(2, link=pull))
    poll(0, feeds=BOTH)
    more = item(4, "More", link=f"{pull}/files")
    internet[third] = answer(more, item(3, "Report", link=report, guid=pull))

    poll(1, feeds=f"{BOTH}  - {{name: third, url: '{third}'}}\n")

    (story,) = found(store)
    assert (story.number, len(story.entries)) == (1, 4)


def test_what_an_editor_split_off_no_new_text_puts_back(store, internet, poll):
    """The parted entry is edited upstream, and still has the key of the other: they stay two."""
    internet[BLOG], internet[PLANET] = answer(item(1, link=SAME)), answer(item(2, link=SAME))
    poll(0, feeds=BOTH)
    own = merging.split(Desk(store, make_hub(), "ann", TUESDAY), 1, 2)
    internet[PLANET] = answer(item(2, "Edited", link=SAME))

    poll(1, feeds=BOTH)

    assert [story.number for story in found(store)] == [1, own]


def test_a_merge_of_which_nothing_would_be_left_is_not_taken_back(store, internet, poll):
    """Its own entry was split off since, by somebody else."""
    internet[BLOG], internet[PLANET] = answer(item(1)), answer(item(2, link="https://z.example/2"))
    poll(0, feeds=BOTH)
    ann, bo = (Desk(store, make_hub(), name, TUESDAY) for name in ("ann", "bo"))
    merging.merge(ann, 1, [2])
    merging.split(bo, 1, 1)

    with pytest.raises(UsageError, match="nothing would be left"):
        history.undo(ann)


def test_of_one_poll_the_first_listed_leads_though_it_answers_later(store, internet, poll):
    """Answers are seconds apart: what comes so shortly after is told at the same time."""
    internet[PLANET] = answer(item(2, "Planet", link="https://elsewhere.example/x"))
    poll(0, "planet", feeds=BOTH)
    internet[BLOG] = answer(item(1, "Blog", link="https://elsewhere.example/x"))

    poll(0.01, "blog", feeds=BOTH)

    assert found(store)[0].title == "Blog"
