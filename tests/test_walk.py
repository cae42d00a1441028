"""A desk at which everything happens at once: whatever polls and editors do, in whatever order, no entry is lost."""

import random

import pytest
from conftest import TUESDAY, item, make_hub
from polling import Polling, answer

from feedhub.editors import history, marks, merging, reasons
from feedhub.editors.desk import Desk
from feedhub.errors import FeedhubError
from feedhub.store import stories
from feedhub.store.connection import rows
from feedhub.store.stories import Filter

NAMES = "abc"
FEEDS = "".join(f"  - {{name: {name}, url: 'https://{name}.example/feed', backlog: all}}\n" for name in NAMES)
RULES = "rules:\n  - {name: ads, match: 'title: advert', hide: ads}\n"
PULLS = [f"https://github.com/kubernetes/kubernetes/pull/{number}" for number in range(1, 5)]
LINKS = [*(f"https://site.example/{number}" for number in range(5)), *PULLS]
TITLES = ["Advert", "CVE-2020-8555: SSRF", "CVE-2020-8559: redirect", "Drain waits less", "The week", "News"]
STEPS = 150


class Walk:
    """A walk of random steps; each is one thing that a poll or an editor does."""

    def __init__(self, store, internet, poll, seed):
        self.store, self.internet, self.poll = store, internet, poll
        self.random = random.Random(seed)
        self.hub = make_hub(FEEDS + RULES)
        self.hours = 0

    def desk(self):
        return Desk(self.store, self.hub, self.random.choice(["ann", "bo"]), TUESDAY)

    def numbers(self, most=1):
        known = [row["id"] for row in rows(self.store, "select id from stories where merged_into is null")]
        return self.random.sample(known, min(most, len(known)))

    def visit(self):
        name = self.random.choice(NAMES)
        items = []
        for number in self.random.sample(range(8), self.random.randint(1, 5)):
            # An id that is a pull request's page, and a link to something else: what brings stories together.
            guid = self.random.choice([f"{name}{number}", f"{name}{number}", self.random.choice(PULLS)])
            items.append(item(number, self.random.choice(TITLES), guid=guid, link=self.random.choice(LINKS)))
        self.internet[f"https://{name}.example/feed"] = answer(*items)
        self.hours += 1
        self.poll(self.hours, name, feeds=FEEDS + RULES, force=True)

    def merge(self):
        first, *others = self.numbers(self.random.randint(2, 3))
        merging.merge(self.desk(), first, others)

    def split(self):
        (number,) = self.numbers()
        part = self.random.choice([stored.part for stored in stories.get(self.store, [number])[0].entries])
        merging.split(self.desk(), number, part)

    def decide(self):
        marks.decide(self.desk(), self.numbers(), self.random.choice(["dropped", "shortlisted", "new"]))

    def undo(self):
        history.undo(self.desk())

    def redo(self):
        history.redo(self.desk())

    def step(self):
        """Do something; what an editor is refused, has its reason."""
        doing = self.random.choice([self.visit, self.visit, self.merge, self.split, self.decide, self.undo, self.redo])
        try:
            doing()
        except (FeedhubError, ValueError):  # ValueError: there are no two stories yet.
            assert not self.store.in_transaction


def check(store):
    """Every entry is in a story that stands; every such story has entries, one of which leads; numbers go on."""
    live = {row["id"] for row in rows(store, "select id from stories where merged_into is null")}
    leading = [row["story"] for row in rows(store, "select story from entries where is_primary order by story")]
    assert {row["story"] for row in rows(store, "select story from entries")} == live
    assert leading == sorted(live)
    assert {row["merged_into"] for row in rows(store, "select merged_into from stories")} <= live | {None}
    assert {story.number for story in stories.find(store, Filter())} == live


@pytest.mark.parametrize("seed", range(6))
def test_no_entry_is_ever_lost(store, internet, monkeypatch, seed):
    """Polls, rules, merges, splits, decisions, undo and redo by two editors, in an order that nobody thought of."""
    walk = Walk(store, internet, Polling(store, internet, monkeypatch), seed)

    for _ in range(STEPS):
        walk.step()
        check(store)

    assert len(rows(store, "select 1 from acts")) > STEPS / 4
    for row in rows(store, "select id from stories where merged_into is null"):
        assert reasons.why(walk.desk(), row["id"])
