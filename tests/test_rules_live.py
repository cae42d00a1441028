"""The rules of feeds.yaml at work: what polls do to stories by them, and what editors have the last word on."""

import pytest
from conftest import TUESDAY, item, make_hub
from polling import URL, Polling, answer

from feedhub.editors import history, marks, notes, ruling
from feedhub.editors.desk import Desk
from feedhub.editors.notes import Writing
from feedhub.model.matching import Decision
from feedhub.store import acts, decisions, stories
from feedhub.store.stories import Filter

OTHER = "https://z.example/feed"
FEEDS = f"  - {{name: a, url: '{URL}', tags: [fed]}}\n  - {{name: z, url: '{OTHER}'}}\n"


@pytest.fixture
def poll(store, internet, monkeypatch):
    """Poll what is due so many hours after TUESDAY, under these rules: poll(hours, rules)."""
    polling = Polling(store, internet, monkeypatch)

    def visit(hours: float, *rules: str):
        more = "rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules) if rules else ""
        return polling(hours, feeds=FEEDS + more, force=True)

    return visit


def desk(store, *rules: str) -> Desk:
    more = "rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules) if rules else ""
    return Desk(store, make_hub(FEEDS + more), "ed1", TUESDAY)


def story(store, number: int = 1):
    return stories.get(store, [number])[0]


def said(store, number: int = 1) -> list[str]:
    """Return what rules said of a story, in their order."""
    return [f"{one.by}: {one.what}" for _, one in decisions.of_story(store, number) if one.by not in ("keys", "lead")]


ADS = "name: ads, match: 'title: sponsored', hide: an ad"
NODE = "name: node, match: kubelet, tag: [node, fed], score: 5, section: up/Kubernetes"


def test_a_rule_tags_scores_and_routes_what_is_new(store, internet, poll):
    """Each decision is kept with the rule and what it saw; a tag that is there is no decision."""
    internet[URL] = answer(item(1, "The Kubelet restarts"), item(2, "Nothing"))

    done = poll(0, NODE)

    found = story(store, 2)
    assert (found.tags, found.score, found.section) == (("fed", "node"), 5, "upstream/Kubernetes")
    assert [one for _, one in decisions.of_story(store, 2)] == [
        Decision(2, 2, "rule node", what, "Kubelet") for what in ("tag node", "score 5", "section upstream/Kubernetes")
    ]
    assert (done["a"].counts.new, done["a"].counts.hidden, said(store, 1)) == (2, 0, [])


def test_what_a_rule_hides_is_kept_off_the_desk(store, internet, poll):
    """It is stored, counted, says why, and can be listed."""
    internet[URL] = answer(item(1, "Sponsored: a talk"), item(2))

    counts = poll(0, ADS)["a"].counts

    (hidden,) = stories.find(store, Filter(states=("hidden",)))
    assert (counts.new, counts.hidden, stories.kept_hidden(store)) == (2, 1, 1)
    assert (hidden.state, hidden.hidden, hidden.hidden_by) == ("hidden", "an ad", "rule ads")
    assert [one.title for one in stories.find(store, Filter(states=("new",)))] == ["Entry 2"]


def test_a_rule_does_not_say_it_twice(store, internet, poll):
    """When the text changes, or another feed tells it: the points are given once."""
    internet[URL] = answer(item(1, "The kubelet"))
    poll(0, NODE)
    before = said(store)
    internet[URL] = answer(item(1, "The kubelet again"))
    internet[OTHER] = answer(item(9, "kubelet, by others", link="https://a.example/1"))

    poll(1, NODE)

    assert (len(story(store).entries), story(store).score, said(store)) == (2, 5, before)


def test_what_is_hidden_is_not_hidden_twice(store, internet, poll):
    """Its text changes, the rule still matches: that is decided already, and nothing new is hidden."""
    internet[URL] = answer(item(1, "Sponsored: a talk"))
    poll(0, ADS)
    internet[URL] = answer(item(1, "Sponsored: a longer talk"))

    assert poll(1, ADS)["a"].counts.hidden == 0
    assert said(store) == ["rule ads: hidden"]


def test_a_text_that_changed_is_seen_by_rules(store, internet, poll):
    """What matches now is tagged now, and what does not any more is not hidden any more."""
    internet[URL] = answer(item(1, "Sponsored: a talk"), item(2, "A talk"))
    poll(0, ADS, NODE)
    internet[URL] = answer(item(1, "A talk, not sold"), item(2, "A kubelet talk"))

    poll(1, ADS, NODE)

    assert (story(store, 2).state, said(store, 2)) == ("new", ["rule ads: hidden", "rule ads: shown"])
    assert "node" in story(store, 1).tags


@pytest.mark.parametrize("told_again", [True, False], ids=["its text changes", "rule apply"])
def test_what_an_editor_removed_no_rule_adds_again(store, internet, poll, told_again):
    """The tag stays away, and the rest of the rule's doing stays."""
    internet[URL] = answer(item(1, "The kubelet"))
    poll(0, NODE)
    marks.tag(desk(store), [1], [], ["node"])

    if told_again:
        internet[URL] = answer(item(1, "The kubelet, again"))
        poll(1, NODE, "name: more, match: kubelet, tag: node")
    ruling.apply(desk(store, NODE, "name: more, match: kubelet, tag: node"))

    assert (story(store).tags, story(store).score) == (("fed",), 5)


@pytest.mark.parametrize("told_again", [True, False], ids=["its text changes", "rule apply"])
def test_what_an_editor_showed_again_no_rule_hides(store, internet, poll, told_again):
    """Not by the same rule, nor by another one."""
    other = "name: talks, match: 'title: talk', hide: a talk"
    internet[URL] = answer(item(1, "Sponsored: a talk"))
    poll(0, ADS)
    marks.unhide(desk(store), [1])

    if told_again:
        internet[URL] = answer(item(1, "Sponsored: a longer talk"))
        poll(1, ADS, other)
    ruling.apply(desk(store, ADS, other))

    assert story(store).state == "new"


TOUCHES = {
    "decided": lambda at: marks.decide(at, [1], "shortlisted"),
    "dropped and taken back": lambda at: (marks.decide(at, [1], "dropped"), marks.decide(at, [1], "new")),
    "annotated": lambda at: notes.write(at, (1,), Writing("Why"), "en"),
    "tagged": lambda at: marks.tag(at, [1], ["mine"], []),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_what_an_editor_worked_on_no_rule_hides(store, internet, poll, touch):
    """It would be gone from the desk under their hands."""
    internet[URL] = answer(item(1, "A talk"))
    poll(0, ADS)
    touch(desk(store))
    before = story(store).state
    internet[URL] = answer(item(1, "Sponsored: a talk"))

    counts = poll(1, ADS)["a"].counts
    ruling.apply(desk(store, ADS))

    assert (story(store).state, story(store).hidden, counts.hidden) == (before, None, 0)


JOINS = {
    "one that no rule hides shows it": ("By others", "new", ["rule ads: hidden", "rule ads: shown"]),
    "one that a rule hides does not": ("Sponsored, by others", "hidden", ["rule ads: hidden"] * 2),
}


@pytest.mark.parametrize(("title", "state", "expected"), JOINS.values(), ids=JOINS)
def test_an_entry_that_joins_a_hidden_story(store, internet, poll, title, state, expected):
    """A story is hidden only as long as all that is told of it is."""
    internet[URL] = answer(item(1, "Sponsored: a talk"))
    poll(0, ADS)
    internet[OTHER] = answer(item(9, title, link="https://a.example/1"))

    poll(1, ADS)

    assert (story(store).state, len(story(store).entries), said(store)) == (state, 2, expected)


def test_a_hidden_entry_does_not_hide_the_story_that_it_joins(store, internet, poll):
    """What others tell stays on the desk."""
    internet[OTHER] = answer(item(9, "By others", link="https://a.example/1"))
    poll(0, ADS)
    internet[URL] = answer(item(1, "Sponsored: a talk"))

    assert poll(1, ADS)["a"].counts.hidden == 0
    assert (story(store).state, said(store)) == ("new", ["rule ads: matched"])


NEWS = {
    "one that a rule hides": ("Sponsored, by others", "dropped", ["keys: news since dropped", "rule ads: no news"]),
    "one that none does": ("By others", "new", ["keys: news since dropped"]),
}


@pytest.mark.parametrize(("title", "state", "expected"), NEWS.values(), ids=NEWS)
def test_what_joins_a_dropped_story_is_news(store, internet, poll, title, state, expected):
    """Unless a rule hides it: it is kept with the story, which stays as the editor left it."""
    internet[URL] = answer(item(1, "A talk"))
    poll(0, ADS)
    marks.decide(desk(store), [1], "dropped")
    internet[OTHER] = answer(item(9, title, link="https://a.example/1"))

    poll(1, ADS)

    found = [f"{one.by}: {one.what}" for _, one in decisions.of_story(store, 1) if "new" in one.what]
    assert (story(store).state, len(story(store).entries), found) == (state, 2, expected)


def hold(store) -> None:
    """Have story 1 wait as those of a feed that is held."""
    store.execute("update stories set hidden = 'its feed was replaced', hidden_by = 'hold' where id = 1")


def test_a_story_that_is_held_is_news_when_others_tell_it(store, internet, poll):
    """The hold is of its feed, not of what others say."""
    internet[URL] = answer(item(1, "A talk"))
    poll(0)
    hold(store)
    internet[OTHER] = answer(item(9, "By others", link="https://a.example/1"))

    poll(1)

    assert (story(store).state, said(store)) == ("new", ["hold: shown"])


def test_a_new_text_ends_no_hold(store, internet, poll):
    """Nor does a rule that hides it say so in place of the hold."""
    internet[URL] = answer(item(1, "A talk"))
    poll(0)
    hold(store)
    internet[URL] = answer(item(1, "A longer talk"))
    poll(1)
    internet[URL] = answer(item(1, "Sponsored: a talk"))
    poll(2, ADS)

    assert (story(store).state, story(store).hidden_by, said(store)) == ("hidden", "hold", ["rule ads: hidden"])


def test_backlog_is_tagged_and_not_hidden(store, internet, poll):
    """It is off the desk already, and is listed as what it is."""
    internet[URL] = answer(item(1, "Sponsored kubelet", pubDate="01 Nov 2019 10:00:00 GMT"))

    counts = poll(0, ADS, NODE)["a"].counts
    ruling.apply(desk(store, ADS, NODE))

    assert (counts.backlog, counts.hidden, story(store).state, story(store).score) == (1, 0, "backlog", 5)


def test_what_a_feed_tells_that_is_held_is_not_counted_twice(store, internet, poll):
    """It is hidden by the hold, whatever rules say."""
    internet[URL] = answer(item(1))
    poll(0)
    store.execute("update feeds set held_since = '2019-12-10T10:00:00Z'")
    internet[URL] = answer(item(2, "Sponsored: a talk"), item(1))

    assert poll(1, ADS)["a"].counts.hidden == 1
    assert story(store, 2).hidden_by == "hold"


def test_points_are_clamped(store, internet, poll):
    """Two rules of a thousand give a thousand."""
    internet[URL] = answer(item(1))
    poll(0, "name: one, match: entry, score: 1000", "name: two, match: entry, score: 1000")

    assert story(store).score == 1000


def test_the_first_rule_routes(store, internet, poll):
    """And the story's place in an issue goes before its feed's."""
    internet[URL] = answer(item(1))
    poll(0, "name: one, match: entry, section: 本周阅读推荐", "name: two, match: entry, section: 业界要闻")

    assert (story(store).section, said(store)) == (
        "本周阅读推荐",
        ["rule one: section 本周阅读推荐", "rule two: matched"],
    )


def test_a_rule_of_tags_sees_those_of_the_feed(store, internet, poll):
    """Which the store gives to a story before rules look at it."""
    internet[URL] = answer(item(1))
    poll(0, "name: tagged, match: 'tag: fed', score: 1")

    assert story(store).score == 1


# what is stored


def test_a_rule_of_tags_sees_none_that_an_editor_removed(store, internet, poll):
    """Nor, when rules are applied, one that a rule gave that is gone."""
    internet[URL] = answer(item(1, "The kubelet"))
    poll(0, "name: gives, match: kubelet, tag: given")
    marks.tag(desk(store), [1], [], ["fed"])
    internet[URL] = answer(item(1, "The kubelet again"))
    poll(1, "name: tagged, match: 'tag: fed', score: 1")
    assert story(store).score == 0
    ruling.apply(desk(store, "name: tagged, match: 'tag: given', score: 1", "name: fed, match: 'tag: fed', score: 1"))

    assert (story(store).tags, story(store).score) == ((), 0)


def test_applying_is_one_act_and_can_be_taken_back(store, internet, poll):
    """What rules make of stored stories is journaled; applied twice it changes nothing."""
    internet[URL] = answer(item(1, "The kubelet"), item(2, "Sponsored"))
    internet[OTHER] = answer(item(9, "kubelet, by others", link="https://a.example/1"))
    poll(0)
    before = stories.find(store, Filter())
    at = desk(store, NODE, ADS)

    changed = ruling.apply(at)

    assert [(one.ruled.story, one.ruled.title) for one in changed] == [(1, "Sponsored"), (2, "The kubelet")]
    assert (story(store, 2).tags, story(store, 1).state) == (("fed", "node"), "hidden")
    assert ruling.apply(at) == ()
    assert history.undo(at).command == "rule apply"
    assert stories.find(store, Filter()) == before


def test_applying_to_many_stories_is_several_acts(store, internet, poll, monkeypatch):
    """Others wait for their turn to write as long as a thousand stories take, not longer."""
    monkeypatch.setattr(ruling, "_AT_ONCE", 2)
    internet[URL] = answer(*(item(each, "The kubelet") for each in range(1, 4)))
    poll(0)

    changed = ruling.apply(desk(store, NODE))

    assert [one.ruled.story for one in changed] == [1, 2, 3]
    assert [act.stories for act in acts.log(store)] == [(3,), (1, 2)]


def test_applying_takes_back_what_rules_gave_that_are_gone(store, internet, poll):
    """As if they had never been there."""
    internet[URL] = answer(item(1, "The kubelet"), item(2, "Sponsored"))
    poll(0, NODE, ADS)

    ruling.apply(desk(store))

    for each in stories.find(store, Filter()):
        assert (each.tags, each.score, each.section, each.state) == (("fed",), 0, None, "new")
