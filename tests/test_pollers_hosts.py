"""Polling many feeds: who is visited when within one poll, who is left for the next, and who is visited last."""

from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import TUESDAY, item, make_hub
from polling import HOUR, URL, A, Polling, answer

from feedhub.model.feed import Response
from feedhub.pollers import feeds as pollers


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls."""
    return Polling(store, internet, monkeypatch)


def on_one_host(count, host="https://a.example"):
    """Return so many feeds of a host as lines of YAML, and their addresses."""
    urls = [f"{host}/{number}" for number in range(count)]
    return "".join(f"  - {{name: f{place}, url: '{url}'}}\n" for place, url in enumerate(urls)), urls


BUSY = {
    # How many feeds we have on the host, what the third answers, how many are visited in this poll.
    "L07: 429 of one of twelve": (12, Response(429, headers={"retry-after": "7200"}), 3),
    "429 without a time": (12, Response(429), 12),
    "503 is about that feed": (12, Response(503, headers={"retry-after": "7200"}), 12),
    "429 of one of a few is about that feed": (4, Response(429, headers={"retry-after": "7200"}), 4),
}


@pytest.mark.parametrize(("count", "third", "visited"), BUSY.values(), ids=BUSY)
def test_L07_a_host_that_asks_for_patience_gets_it(store, internet, poll, count, third, visited):
    """Its other feeds wait for the next poll, where they come first; feeds on other hosts do not wait."""
    feeds, urls = on_one_host(count)
    feeds += "  - {name: elsewhere, url: 'https://b.example/'}\n"
    for url in [*urls, "https://b.example/"]:
        internet[url] = answer(item(1, guid=url, link=""))
    internet[urls[2]] = third

    first = poll(0, feeds=feeds)
    second = poll(0.5, feeds=feeds)

    assert [request.url for request in internet.asked] == urls[visited:]
    assert (len(first), "elsewhere" in first) == (visited + 1, True)
    assert second.keys() == {f"f{place}" for place in range(visited, count)}


def test_feeds_that_failed_are_visited_last(store, internet, poll):
    """A host that has had enough of us says so after it gave what it gives."""
    feeds, urls = on_one_host(3)
    internet[urls[1]] = internet[urls[2]] = answer(item(1))
    poll(0, feeds=feeds)
    poll(1, feeds=feeds)

    assert [request.url for request in internet.asked] == [urls[1], urls[2], urls[0]]


def test_a_poll_begins_nothing_after_its_deadline(store, internet, poll):
    """What was not begun stays due."""
    hub = make_hub(on_one_host(4)[0])
    states = pollers.known(store, hub, TUESDAY)
    late = replace(hub, network=replace(hub.network, poll_deadline=timedelta()))

    assert list(pollers.poll(store, late, states, internet, TUESDAY)) == []
    assert internet.asked == []
    assert pollers.due(pollers.known(store, hub, TUESDAY), TUESDAY) == list(states)


def test_nothing_is_asked_for_while_the_readers_are_full(store, internet, poll, monkeypatch):
    """A fetched body waits in memory: the next request is made when there is room again."""
    feeds, urls = on_one_host(3)
    asked_then = []

    class Slow(pollers.Readers):
        turns = 0

        @property
        def is_full(self):
            return len(self.read_by_now) > 1

        def ready(self, patience=0.0):
            asked_then.append(len(internet.asked))
            if patience:
                yield from super().ready(patience)

    monkeypatch.setattr(pollers, "Readers", Slow)
    for url in urls:
        internet[url] = answer(item(1, guid=url, link=""))

    done = poll(0, feeds=feeds)

    assert len(done) == 3
    assert asked_then == [1, 2, 2, 3, 3]


def test_L13_each_feed_has_its_own_moment(store, internet, poll):
    """The same in every poll, within the spread, and all over it; without a spread, all at once."""
    feeds, _ = on_one_host(60)
    hub = make_hub(feeds)
    states = pollers.known(store, hub, TUESDAY)

    def moments(spread):
        internet.asked.clear()
        list(pollers.poll(store, hub, states, internet, TUESDAY, spread=spread))
        return [request.after for request in internet.asked]

    first = moments(60.0)

    assert moments(60.0) == first
    assert moments(30.0) == pytest.approx([moment / 2 for moment in first])
    assert all(0 <= moment < 60 for moment in first)
    assert {int(moment // 10) for moment in first} == set(range(6))
    assert set(moments(0.0)) == {0.0}


SOON = {
    # Seconds until a feed is due, and its moment in the spread; when it is visited, None: not in this poll.
    "due": (0, 0.0, 0.0),
    "due within seconds": (10, 0.0, 10.0),
    "due later": (16, 0.0, None),
    "due before its moment": (40, 50.0, 50.0),
    "due right after its moment": (60, 50.0, 60.0),
    "due long after its moment": (70, 50.0, None),
}


@pytest.mark.parametrize(("left", "moment", "after"), SOON.values(), ids=SOON)
def test_L05_what_is_due_within_seconds_is_waited_for(store, internet, poll, monkeypatch, left, moment, after):
    """An hourly job would miss by seconds what asked for an hour; nobody is visited before the time."""
    monkeypatch.setattr(pollers, "_moment", lambda *_: moment)
    internet[URL] = answer(item(1), cache_control="max-age=7200")
    poll(0)
    hub, now = make_hub(A), TUESDAY + 2 * HOUR - left * HOUR / 3600
    internet.asked.clear()

    due = pollers.due(pollers.known(store, hub, now), now, spread=60.0)
    list(pollers.poll(store, hub, due, internet, now, spread=60.0))

    assert [request.after for request in internet.asked] == ([] if after is None else [after])
