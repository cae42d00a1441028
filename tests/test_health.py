"""How feeds do: what is wrong with one, what of it is news, and the feed that tells editors of it."""

import re
from dataclasses import replace
from datetime import timedelta

import feedparser
import pytest
from conftest import TUESDAY, Reply, item, make_hub, rss

from feedhub.model.feed import Feed, FeedState, Trouble
from feedhub.publisher import health as health_feed
from feedhub.rules import health

DAY = timedelta(days=1)
WELL = FeedState(1, Feed("a", "https://a.example/feed"), checked=TUESDAY, known_since=TUESDAY - 400 * DAY)
LATELY, NEW = TUESDAY - DAY, "https://ann:secret@b.example/feed?token=secret"


def state(**fields) -> FeedState:
    return replace(WELL, **fields)


TROUBLES = {
    # What is known of a feed, what is wrong with it, and what is said of it.
    "nothing": ({}, {}),
    "never visited": ({"checked": None, "known_since": None}, {}),
    "failing": (
        {"failures": 2, "failing_since": LATELY, "error": "HTTP 500"},
        {"failing": (LATELY, "HTTP 500")},
    ),
    "gone": (
        {"failures": 1, "failing_since": LATELY, "gone_since": LATELY, "error": "410: gone"},
        {"gone": (LATELY, "410: gone")},
    ),
    "moved": ({"proposed_url": NEW, "moved_since": LATELY}, {"moved": (LATELY, "accept it with: feedhub feed move a")}),
    "a gap": ({"gap_since": LATELY}, {"gap": (LATELY, "on 2019-12-09 10:00 UTC nothing was left")}),
    "a search that brought less than there is": (
        {"gap_since": LATELY, "feed": Feed("a", "https://a.example/search", kind="github", query="x")},
        {"gap": (LATELY, "on 2019-12-09 10:00 UTC GitHub gave less than there is")},
    ),
    "silent, but not for long": ({"news_at": TUESDAY - 89 * DAY}, {}),
    "silent": ({"news_at": TUESDAY - 90 * DAY}, {"stale": (TUESDAY - 90 * DAY, "nothing new since 2019-09-11")}),
    "silent, as usual": ({"news_at": TUESDAY - 99 * DAY, "news_gap": 10 * 86400}, {}),
    "ten times longer than usual": (
        {"news_at": TUESDAY - 100 * DAY, "news_gap": 10 * 86400},
        {"stale": (TUESDAY - 100 * DAY, "nothing new")},
    ),
    "silent for a year, whatever is usual": (
        {"news_at": TUESDAY - 365 * DAY, "news_gap": 99 * 86400},
        {"stale": (TUESDAY - 365 * DAY, "nothing new")},
    ),
    "silent, and failing": (
        {"news_at": TUESDAY - 99 * DAY, "failing_since": LATELY, "error": "x"},
        {"failing": (LATELY, "x")},
    ),
    "two at once": (
        {"failing_since": LATELY, "error": "x", "gap_since": TUESDAY},
        {"failing": (LATELY, "x"), "gap": (TUESDAY, "on 2019-12-10")},
    ),
    "an editor knows": ({"failing_since": LATELY, "error": "x", "acked": LATELY}, {}),
    "an editor knew of the one before": (
        {"failing_since": LATELY, "error": "x", "acked": LATELY - timedelta(seconds=1)},
        {"failing": (LATELY, "x")},
    ),
    "an editor paused it": ({"failing_since": LATELY, "error": "x", "paused_until": TUESDAY + DAY}, {}),
}


@pytest.mark.parametrize(("known", "expected"), TROUBLES.values(), ids=TROUBLES)
def test_what_is_wrong_with_a_feed(known, expected):
    """With the time since which it is so; nobody is bothered with what an editor took note of."""
    found = {trouble.kind: trouble for trouble in health.troubles(state(**known), TUESDAY)}

    assert {kind: trouble.since for kind, trouble in found.items()} == {kind: at for kind, (at, _) in expected.items()}
    assert all(says in found[kind].says for kind, (_, says) in expected.items())
    assert {trouble.feed for trouble in found.values()} <= {"a"}
    assert "secret" not in str(found)


NEWS = {
    # Hours since it began, and since the visit before; whether to say it.
    "it began now": (0, 1, True),
    "nobody has looked before": (5, None, True),
    "it was there at the visit before": (1, 1, False),
    "it was there for days": (100, 1, False),
    "it gets a week old": (7 * 24, 1, True),
    "it was said a week ago": (7 * 24 + 1, 1, False),
    "it got a week old since the visit before, three days ago": (8 * 24, 3 * 24, True),
    "it gets two weeks old": (14 * 24, 2, True),
}


@pytest.mark.parametrize(("hours", "before", "said"), NEWS.values(), ids=NEWS)
def test_what_is_news(hours, before, said):
    """Said once when it begins, and once a week after that."""
    trouble = Trouble("a", "failing", TUESDAY - timedelta(hours=hours), "x")
    visited = None if before is None else TUESDAY - timedelta(hours=before)

    assert health.is_news(trouble, visited, TUESDAY) is said


def test_L19_trouble_is_never_forgotten():
    """Of a feed that fails for a month, with visits a day and a quarter apart, somebody hears five times."""
    trouble = Trouble("a", "failing", TUESDAY, "x")
    visits = [TUESDAY + turn * timedelta(hours=30) for turn in range(24)]

    said = [health.is_news(trouble, before, now) for before, now in zip([None, *visits], visits, strict=False)]

    assert sum(said) == 1 + (visits[-1] - TUESDAY) // (7 * DAY)


def test_health_is_an_atom_feed(tmp_path):
    """An entry for each trouble, the newest first, with an id that is the same as long as the trouble is."""
    states = [
        state(failing_since=TUESDAY - 3 * DAY, failures=4, error="HTTP 500 <b>\x1b[31m"),
        WELL,
        replace(state(proposed_url=NEW, moved_since=LATELY), feed=Feed("b", "https://b.example/feed")),
    ]

    health_feed.write(make_hub(), states, tmp_path / "health.atom", TUESDAY)
    body = (tmp_path / "health.atom").read_bytes()
    found = feedparser.parse(body)

    assert not found.bozo
    assert (found.feed.id, found.feed.updated) == (
        "tag:weekly.example.org,2019:cloud-native/health",
        "2019-12-10T10:00:00+00:00",
    )
    assert (found.feed.title, found.feed.links[0].href) == (
        "云原生周报: feeds in trouble", "https://weekly.example.org/health.atom",
    )  # fmt: skip
    assert [(entry.title, entry.updated, entry.id.rpartition("/health/")[2]) for entry in found.entries] == [
        ("b: moved", "2019-12-09T10:00:00+00:00", "b/moved/20191209T100000Z"),
        ("a: failing", "2019-12-07T10:00:00+00:00", "a/failing/20191207T100000Z"),
    ]
    assert found.entries[1].content[0].value == "HTTP 500 <b>[31m"
    assert b"secret" not in body


@pytest.fixture
def polled(weekly, server):
    """A weekly with a good feed and a bad one, polled; and what its health says."""
    server.replies["/good"] = Reply(rss(item(1), item(2)))
    server.replies["/bad"] = Reply(status=500)
    weekly.write(
        "\n".join(f"  - {{name: {name}, url: '{server.url}/{name}'}}" for name in ("good", "bad")),
        f"network: {{allow: ['{server.host}']}}\n",
    )
    weekly.run("poll", code=1)
    return weekly


def told(weekly) -> list[str]:
    """Return the titles of health.atom, and when it was written."""
    found = feedparser.parse((weekly.folder / "output/health.atom").read_bytes())
    return [entry.title for entry in found.entries]


def test_a_poll_writes_how_feeds_do(polled, server):
    """The file is there after the first poll, tells of what begins, and not of what has ended."""
    first = told(polled)
    server.replies["/good"] = Reply(rss(item(8), item(9)))
    polled.now += timedelta(hours=2)
    polled.run("poll", code=1)
    second = told(polled)
    server.replies["/bad"] = Reply(rss(item(5)))
    polled.now += timedelta(hours=2)
    polled.run("poll")

    assert (first, second, told(polled)) == (["bad: failing"], ["good: gap", "bad: failing"], ["good: gap"])


def test_health_that_is_as_before_is_not_written_again(polled):
    """Neither a byte nor the time of the file is another one: readers get a 304."""
    path = polled.folder / "output/health.atom"
    before = (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
    polled.now += timedelta(hours=2)

    polled.run("poll", code=1)

    assert (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino) == before


def test_a_feed_that_is_listed_no_more_is_in_no_trouble(polled, server):
    """Nor has it any in the feed of health, though nobody visits it and nothing else has changed."""
    text = (polled.folder / "feeds.yaml").read_text(encoding="utf-8")
    (polled.folder / "feeds.yaml").write_text(re.sub(r".*name: bad.*\n", "", text), encoding="utf-8")

    polled.run("poll")

    assert told(polled) == []


def test_health_lies_beside_the_output_and_leaves_it_alone(polled):
    """Publishing does not touch it, --verify does not mind it."""
    before = (polled.folder / "output/health.atom").read_bytes()
    polled.run("pick", "1", "--section", "业界要闻")
    polled.run("publish")
    polled.run("publish", "--verify")

    assert (polled.folder / "output/health.atom").read_bytes() == before
