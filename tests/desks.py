"""A desk of Ann whose feeds go on being polled: what the tests of merging and splitting work in."""

from dataclasses import replace

from conftest import TUESDAY, item, make_hub
from polling import HOUR, Polling, answer

from feedhub.editors import notes, picks
from feedhub.editors.desk import Desk
from feedhub.editors.notes import Writing
from feedhub.model.story import Suggestion
from feedhub.publisher import issues as publisher
from feedhub.store import pairs, stories
from feedhub.store.connection import rows, writing
from feedhub.store.stories import Filter

FEEDS = """
  - {name: a, url: 'https://a.example/feed', section: up/Kubernetes, tags: [cloud]}
  - {name: b, url: 'https://b.example/feed', section: 业界要闻, tags: [mesh]}
  - {name: c, url: 'https://c.example/feed', section: 本周阅读推荐}
"""
LANGUAGE = "zh-CN"
LINKS = {number: f"https://a.example/{number}" for number in range(1, 10)}


class Room:
    """A desk of Ann, and the feeds that go on being polled: 1 to 3 are stories of a, 4 to 6 of b."""

    def __init__(self, store, internet, monkeypatch):
        self.desk = Desk(store, make_hub(FEEDS), "ann", TUESDAY)
        self.internet = internet
        self.polling = Polling(store, internet, monkeypatch)
        self.told = {"a": [], "b": [], "c": []}
        self.hours = 0
        self.tell("a", 1, 2, 3)
        self.tell("b", 4, 5, 6)

    @property
    def db(self):
        return self.desk.db

    def tell(self, feed, *numbers, link=None, **fields):
        """Have a feed say something more, each at its own link or at this one, an hour later."""
        items = [item(number, link=link or f"https://{feed}.example/{number}", **fields) for number in numbers]
        self.told[feed][:0] = reversed(items)
        return self.poll(feed)

    def poll(self, *feeds):
        """Poll feeds an hour later."""
        self.hours += 1
        for feed in feeds or self.told:
            self.internet[f"https://{feed}.example/feed"] = answer(*self.told[feed])
        return self.polling(self.hours, *(feeds or self.told), force=True, feeds=FEEDS)

    def at(self, editor="ann", hours=0):
        """Return a desk so many hours after the last poll."""
        return replace(self.desk, editor=editor, now=TUESDAY + (self.hours + hours) * HOUR)

    def stories(self):
        """Return the titles of each story's entries, the primary one first."""
        found = stories.find(self.db, Filter())
        return {story.number: [stored.entry.title for stored in story.entries] for story in found}

    def story(self, number):
        return stories.get(self.db, list(stories.current(self.db, [number]).values()))[0]

    def laid_out(self):
        """Return all that acts have a say in, as it is."""
        found = {table: rows(self.db, f"select * from {table} order by id") for table in ("stories", "tags", "notes")}
        told = rows(self.db, "select id, story, part, placed_by, is_primary from entries order by id")
        blocks = rows(self.db, "select * from blocks where story is not null order by id")
        said = rows(self.db, "select id, one, other, verdict from pairs order by id")
        for row in found["stories"]:
            del row["parts"]  # It only ever grows.
        return found | {"entries": told, "blocks": blocks, "pairs": said}


def check(db):
    """Every entry is in a story that is one, which one entry leads; no number is forgotten, none leads in a circle."""
    leads = "select story, sum(is_primary) as leads, max(part) as part from entries group by story"
    wrong = rows(db, f"select * from ({leads}) join stories on id = story where leads != 1 or merged_into is not null")
    assert wrong == []
    assert rows(db, f"select * from ({leads}) join stories on id = story where parts < part") == []
    chains = "select * from stories join stories as head on head.id = stories.merged_into"
    assert rows(db, f"{chains} where head.merged_into is not null") == []
    assert rows(db, "pragma foreign_key_check") == []


def suggest(room, *found):
    with writing(room.db):
        for one, other, score in found:
            pairs.suggest(room.db, one, Suggestion(other, score, "some words"), "likeness", TUESDAY)


def publish(room, *numbers, note="Old"):
    """Publish an issue with these stories, each with a note."""
    notes.write(room.desk, numbers, Writing(note), LANGUAGE)
    picks.pick(room.desk, numbers, None)
    publisher.freeze(room.db, room.desk.hub, "ann", room.at().now)
