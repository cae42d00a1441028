"""How stories stand: what two of them become as one, and what a decision makes of one that has a past."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.model.standing import Standing
from feedhub.rules.standing import decided, united

OLD, LATE = "2019-12-01T00:00:00Z", "2019-12-08T00:00:00Z"

NEW = Standing(LATE)
HIDDEN = Standing(LATE, hidden="pre-release", hidden_by="rule a")
BACKLOG = Standing(LATE, backlog=1)
SHORTLISTED = Standing(LATE, "shortlisted", None, "ann", LATE)
PICKED = Standing(LATE, "picked", None, "bo", LATE)
DROPPED = Standing(OLD, "dropped", "vendor", "ann", OLD)
PUBLISHED = Standing(OLD, "published", None, "ann", OLD)
DROPPED_NEWS = replace(DROPPED, news_at=LATE)
PUBLISHED_NEWS = replace(PUBLISHED, news_at=LATE)

STANDINGS = {
    "new": NEW, "hidden": HIDDEN, "backlog": BACKLOG, "shortlisted": SHORTLISTED, "picked": PICKED, "dropped": DROPPED,
    "published": PUBLISHED, "news since dropped": DROPPED_NEWS, "news since published": PUBLISHED_NEWS,
}  # fmt: skip

# Each story; what it becomes with one that is new, hidden, backlog, dropped, published, shortlisted, picked.
# A star: it is on the desk by news.
UNITED = """
new                   new      new      new      dropped*   published*  shortlisted  picked
hidden                new      hidden   hidden   dropped    published   shortlisted  picked
backlog               new      backlog  backlog  dropped    published   shortlisted  picked
dropped               dropped* dropped  dropped  dropped    published   shortlisted  picked
published             published* published published published published shortlisted picked
shortlisted           shortlisted shortlisted shortlisted shortlisted shortlisted shortlisted picked
picked                picked   picked   picked   picked     picked      picked       picked
news since dropped    dropped* dropped* dropped* dropped*   published*  shortlisted  picked
news since published  published* published* published* published* published* shortlisted picked
"""
OTHERS = ("new", "hidden", "backlog", "dropped", "published", "shortlisted", "picked")
ROWS = [line.rsplit(None, len(OTHERS)) for line in UNITED.strip().splitlines()]
CASES = {
    f"{name} with {other}": (name, other, becomes)
    for name, *all_of_it in ROWS
    for other, becomes in zip(OTHERS, all_of_it, strict=True)
}


def shown(found: Standing) -> str:
    """Return how a story stands in the words of the table."""
    news = found.seen_as == "new" and found.state != "new"
    return f"{found.state}*" if news else found.seen_as if found.state == "new" else found.state


@pytest.mark.parametrize(("one", "other", "becomes"), CASES.values(), ids=CASES)
def test_two_stories_become_one(one, other, becomes):
    """The stronger decision holds; news is nothing that a decision of before was taken on."""
    assert shown(united(STANDINGS[one], STANDINGS[other])) == becomes


standings = st.sampled_from(list(STANDINGS.values()))


@given(standings, standings)
def test_which_story_comes_first_matters_little(one, other):
    """Both ways the same decision holds and it is on the desk or not; of two that are off it, the first says why."""
    there, back = united(one, other), united(other, one)

    assert there.state == back.state
    assert (there.seen_as == "new") == (back.seen_as == "new")


@given(standings, standings)
def test_nothing_that_is_on_the_desk_vanishes(one, other):
    """What waits for an editor waits still, or is where an editor put the other one."""
    if "new" in (one.seen_as, other.seen_as):
        assert united(one, other).seen_as in ("new", "shortlisted", "picked")


@given(standings)
def test_a_picked_or_shortlisted_story_has_no_news_that_would_bring_it_back_when_it_is_published(one):
    """The news is what was picked."""
    for strong in (SHORTLISTED, PICKED):
        assert replace(united(one, strong), state="published").seen_as == "published"


def test_the_decision_is_its_deciders():
    """With its time and reason; where both were dropped, the first story's reason, or the other's if it has none."""
    assert united(NEW, DROPPED).decided_by == "ann"
    assert united(PICKED, DROPPED) == replace(PICKED, hidden_by=None)
    again = replace(DROPPED, reason="twice", decided_by="bo")
    assert (united(DROPPED, again).reason, united(DROPPED, again).decided_by) == ("vendor", "ann")
    assert united(replace(DROPPED, reason=None), again).reason == "twice"
    assert united(PUBLISHED, DROPPED).reason is None


def test_news_is_as_old_as_what_is_new():
    """The list goes by it."""
    assert united(PUBLISHED, NEW).news_at == NEW.first_seen
    assert united(replace(NEW, first_seen=OLD), DROPPED_NEWS).news_at == LATE


def test_points_and_places_of_rules_are_kept():
    """The first story's place, else the other's; the more points, whichever way they go."""
    one, other = replace(NEW, score=5), replace(NEW, score=-50, section="up")

    assert (united(one, other).score, united(one, other).section) == (-50, "up")
    assert united(replace(one, section="a"), other).section == "a"


SHORT = ("shortlisted", None)

# What a decision leaves: state and news, or none where it cannot be taken; the last entry came at OLD.
DECIDED = {
    "a new one is shortlisted": (NEW, None, "shortlisted", ("shortlisted", None)),
    "is dropped": (NEW, None, "dropped", ("dropped", None)),
    "is brought back": (DROPPED, None, "new", ("new", None)),
    "is hidden, and dropped": (HIDDEN, None, "dropped", ("dropped", None)),
    "had news since dropped, and is dropped": (DROPPED_NEWS, None, "dropped", ("dropped", None)),
    "had news since dropped, and is shortlisted": (DROPPED_NEWS, None, "shortlisted", ("shortlisted", None)),
    "had news since dropped, and is brought back where its news is": (DROPPED_NEWS, None, "new", ("new", LATE)),
    "was published, and stays so when shortlisted": (PUBLISHED, LATE, "shortlisted", None),
    "when dropped": (PUBLISHED, LATE, "dropped", None),
    "when brought back": (PUBLISHED, LATE, "new", None),
    "has news since, which is shortlisted": (PUBLISHED_NEWS, LATE, "shortlisted", ("shortlisted", None)),
    "has news since, which is dropped": (PUBLISHED_NEWS, LATE, "dropped", ("published", None)),
    "has news since, and is there already": (PUBLISHED_NEWS, LATE, "new", ("published", LATE)),
    "its news was shortlisted, and is dropped": (SHORTLISTED, LATE, "dropped", ("published", None)),
    "its news was shortlisted, and is as before": (SHORTLISTED, LATE, "new", ("published", OLD)),
    "its news was dropped, and is brought back": (
        replace(PUBLISHED, reason="old"), LATE, "new", ("published", OLD),
    ),
    "something came since that was no news, and is shortlisted": (PUBLISHED, "2019-11-30", "shortlisted", SHORT),
    "and is brought to the desk": (PUBLISHED, "2019-11-30", "new", ("published", OLD)),
    "its news was dropped, and is dropped once more": (replace(PUBLISHED, reason="old"), LATE, "dropped", None),
}  # fmt: skip


@pytest.mark.parametrize(("was", "covered", "to", "expected"), DECIDED.values(), ids=DECIDED)
def test_a_decision(was, covered, to, expected):
    assert decided(was, to, covered=covered, latest=OLD) == expected
