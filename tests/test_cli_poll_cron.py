"""poll for cron: quiet, spread, figures for Prometheus, and what is left for the next poll."""

import time
from datetime import timedelta

import pytest
from conftest import Reply, item, rss
from prometheus_client.parser import text_string_to_metric_families
from test_cli_poll import ONE, asked, listed


@pytest.fixture
def two(weekly, server):
    """A weekly with a good feed and one that is not there."""
    server.replies["/good"] = Reply(ONE)
    listed(weekly, server, "good", "bad")
    return weekly


def test_quiet_speaks_of_trouble_when_it_begins_and_once_a_week(two, server):
    """For cron: news are no reason to speak, nor is trouble that was told; exit 1 goes with the words."""
    told = {0: 1, 1: 0, 24: 0, 7 * 24 + 1: 1, 7 * 24 + 31: 0, 14 * 24 + 5: 1, 14 * 24 + 40: 0, 21 * 24 + 2: 1}
    begin, said = two.now, {}
    for hours, code in told.items():
        two.now = begin + timedelta(hours=hours)
        server.replies["/good"] = Reply(rss(item(1), item(hours + 2)))
        said[hours] = two.run("poll", "--quiet", "--force", code=code).output

    assert said == {hours: "bad: HTTP 404\n" if code else "" for hours, code in told.items()}
    assert len(two.json("list", "--all")) == 2 + len(told) - 1


def test_metrics_are_what_prometheus_reads(two):
    """Feeds by state, what the poll brought, when it was; the file is whole, and others may read it."""
    path = two.folder / "metrics" / "feedhub.prom"

    two.run("poll", "--metrics", str(path), code=1)

    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(path.read_text(encoding="utf-8"))
        for sample in family.samples
    }
    assert found[("feedhub_feeds", "ok")] == found[("feedhub_feeds", "failing")] == 1
    assert (found[("feedhub_poll_visits", "fetched")], found[("feedhub_poll_visits", "failed")]) == (1, 1)
    assert (found[("feedhub_feed_up", "good")], found[("feedhub_feed_up", "bad")]) == (1, 0)
    assert (found[("feedhub_poll_new",)], found[("feedhub_poll_backlog",)]) == (2, 0)
    assert found[("feedhub_poll_timestamp_seconds",)] == two.now.timestamp()
    assert 0 < found[("feedhub_poll_duration_seconds",)] < 60
    assert [path.stat().st_mode & 0o777, list(path.parent.iterdir())] == [0o644, [path]]


@pytest.mark.parametrize("time", ["60", "1h", "-5s", "61m", "3601s", "", "1.5s"])
def test_a_spread_is_a_time_up_to_an_hour(two, server, time):
    """Anything else is exit 2, before anybody is visited."""
    assert "is no time up to an hour" in two.run("poll", "--spread", time, code=2).stderr
    assert server.requests == []


def test_a_spread_starts_feeds_at_their_moments(two, server):
    """It takes as long as that, at most; each feed is visited once."""
    began = time.monotonic()

    two.run("poll", "--spread", "1s", code=1)

    assert sorted(asked(server)) == ["/bad", "/good"]
    assert time.monotonic() - began > 0.3


def test_what_a_busy_host_did_not_give_is_said(weekly, server):
    """Of nine feeds on one host the first says 429: the others are left for the next poll; cron is not told."""
    names = [f"f{number}" for number in range(9)]
    server.replies |= {f"/{name}": Reply(ONE) for name in names} | {"/f0": Reply(b"", 429, {"Retry-After": "7200"})}
    listed(weekly, server, *names)
    text = (weekly.folder / "feeds.yaml").read_text(encoding="utf-8").replace("network: {", "network: {per_host: 1, ")
    (weekly.folder / "feeds.yaml").write_text(text, encoding="utf-8")

    *visits, summary = weekly.json("poll", code=1)

    assert [visit["name"] for visit in visits] == ["f0"]
    assert (summary["feeds"], summary["skipped"]) == (1, 8)
    server.replies["/f1"] = Reply(b"", 429, {"Retry-After": "7200"})
    assert "7 feeds were left for the next poll: their host asked for patience" in weekly.run("poll", code=1).stderr
    server.replies["/f2"] = Reply(b"", 429, {"Retry-After": "7200"})
    assert "left for the next poll" not in weekly.run("poll", "--quiet", "--force", code=1).stderr


def test_a_feed_that_is_held_is_named_to_whoever_asks_for_it(weekly, server):
    """Not even --force goes there; how to end it is said."""
    server.replies["/over"] = Reply(b"", 410)
    listed(weekly, server, "over")
    weekly.run("poll", code=1)

    found = weekly.run("poll", "--feed", "over", "--force")

    assert "over is gone; feedhub feed resume over ends that" in found.stderr
    assert asked(server) == ["/over"]
