"""Polling a store's feeds from an internet that is a dict, with documents read in this process."""

from dataclasses import replace
from datetime import timedelta

from conftest import TUESDAY, make_hub, rss

from feedhub.model.feed import Poll, Response
from feedhub.pollers import feeds as pollers
from feedhub.pollers import reader, telling
from feedhub.store.connection import writing

URL = "https://a.example/feed"
A = f"  - {{name: a, url: '{URL}'}}\n"
HOUR = timedelta(hours=1)


class Here:
    """Readers that read in this process: those in processes have tests of their own, and cost 0.3 s each."""

    def __init__(self, most=2):  # noqa: ARG002 - there is one of it
        self.read_by_now = []

    def __class_getitem__(cls, _):
        return cls

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __bool__(self):
        return bool(self.read_by_now)

    def read(self, task, response, kind="feed"):
        self.read_by_now.append((task, reader.READ[kind](response)))

    is_full = False

    def ready(self, _=0.0):
        while self.read_by_now:
            yield self.read_by_now.pop(0)


class Polling:
    """Call it to poll what is due so many hours after TUESDAY; it returns what was done, by the names of the feeds."""

    def __init__(self, store, internet, monkeypatch):
        self.store = store
        self.internet = internet
        monkeypatch.setattr(pollers, "Readers", Here)

    def __call__(self, hours=0.0, *names, force=False, feeds=A, visit=None):
        now, hub = TUESDAY + hours * HOUR, make_hub(feeds)
        self.internet.asked.clear()
        due = pollers.due(pollers.known(self.store, hub, now), now, names, force=force)
        done = pollers.poll(self.store, hub, due, visit or self.internet, now)
        return {one.poll.feed.feed.name: one for one in done}


def told(store, state, outcome, now):
    """Write down what a feed that is known for long said, as a poll does; return how much was new, changed, gone."""
    state = replace(state, known_since=state.known_since or now)
    with writing(store):
        return telling.record(store, make_hub(), Poll(state, now, outcome), outcome).counts


def answer(*items, **headers):
    """Return a good answer: an RSS document of items; in a header's name _ stands for -."""
    return Response(200, URL, {name.replace("_", "-"): value for name, value in headers.items()}, rss(*items).encode())
