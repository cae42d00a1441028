"""watch: how often, whom, and with what polls ask for what issues cite."""

import json

import pytest
from conftest import Reply, rss
from polling import Here
from watched import DAY, PULL, WEEK, asked, furnished, issue, page, publish, told

from feedhub.model.feed import NoResponse
from feedhub.pollers import feeds, watching
from feedhub.store.connection import open_store


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Pages are read in this process."""
    monkeypatch.setattr(watching, "Readers", Here)
    monkeypatch.setattr(feeds, "Readers", Here)


@pytest.fixture
def room(weekly, server):
    """A weekly whose API of GitHub is the loopback server, as is a page in it."""
    return furnished(weekly, server)


def test_weekly_for_twelve_weeks_then_monthly(room, server):
    """Counted from publication, whatever cron does in between; what has not changed is asked for with validators."""
    server.replies["/x"] = page("<p>It binds first.</p>", ETag='"1"')
    publish(room, f"{server.url}/x")
    assert asked(server) == ["/x"]

    for days in [7] * 12 + [30] * 3:
        told(room, days=days - 1)
        assert asked(server) == []
        told(room, days=1)
        assert asked(server) == ["/x"]


def test_I11_a_clock_that_was_wrong(room, server):
    """What a clock ten years ahead wrote down keeps nobody from looking, and is no finding."""
    publish(room, f"{server.url}/x")
    assert told(room, days=3650) == []
    asked(server)

    assert told(room, days=-3650) == []

    assert asked(server) == ["/x"]


def test_validators_go_along(room, server):
    """As they were given."""
    server.replies["/x"] = page("<p>It binds first.</p>", ETag='"1"')
    publish(room, f"{server.url}/x")

    told(room, days=8)

    assert server.requests[-1][1]["if-none-match"] == '"1"'


def test_a_poll_visits_a_few(room, server, monkeypatch):
    """The others at the next one; none is forgotten."""
    monkeypatch.setattr(watching, "MOST_VISITS", 2)
    server.replies |= {f"/{number}": page(str(number)) for number in range(5)}
    publish(room, *(f"{server.url}/{number}" for number in range(5)))
    visits = [asked(server)]

    for _ in range(3):
        told(room, hours=1)
        visits.append(asked(server))

    assert [len(paths) for paths in visits] == [2, 2, 1, 0]
    assert len({path for paths in visits for path in paths}) == 5


def test_a_host_that_has_had_enough_is_asked_nothing_more(room, server):
    """Not in this poll."""
    pulls = [f"https://github.com/kubernetes/kubernetes/pull/{number}" for number in range(1, 9)]
    server.replies |= {f"/repos/kubernetes/kubernetes/issues/{number}": Reply("", 429) for number in range(1, 9)}

    publish(room, *pulls)

    assert 1 <= len(asked(server)) <= 4


def many(server, reply: Reply, most: int = 40) -> list[str]:
    """Have so many pages answer with the same; return their links."""
    server.replies |= {f"/{number}": reply for number in range(most)}
    return [f"{server.url}/{number}" for number in range(most)]


@pytest.mark.parametrize(("headers", "hours"), [({"Retry-After": "172800"}, 48), ({}, 24)])
def test_a_host_that_refuses_us_is_left_alone_as_long_as_it_says(room, server, headers, hours):
    """A day when it says nothing; and what else of its pages was due does not take the turn of others."""
    publish(room, *many(server, Reply("", 429, headers), 20), f"{server.url}/x")
    first = len(asked(server))

    for _ in range(3):
        told(room, hours=hours / 3 - 1)
        assert asked(server) == []
    told(room, hours=4)

    assert 1 <= first <= 4
    assert 1 <= len(asked(server)) <= 4


def test_a_rate_limit_that_is_used_up_is_waited_for(room, server):
    """Then all goes on where it was, what was refused as well."""
    reset = str(int((room.now + DAY / 4).timestamp()))
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    paths = [f"/repos/kubernetes/kubernetes/issues/{number}" for number in range(1, 9)]
    server.replies |= {path: Reply("{}", 403, headers) for path in paths}
    publish(room, *(f"https://github.com/kubernetes/kubernetes/pull/{number}" for number in range(1, 9)))
    asked(server)
    told(room, hours=5)
    assert asked(server) == []

    server.replies |= {path: issue() for path in paths}
    told(room, hours=2)

    assert sorted(asked(server)) == paths


def test_a_host_that_holds_our_feeds_is_not_asked_for_pages(room, server):
    """It said it once: to the feed."""
    server.replies["/feed"] = Reply("", 429, {"Retry-After": "86400"})
    room.write(f"  - {{name: kube, url: '{server.url}/feed'}}", f"network: {{allow: ['{server.host}']}}\n")
    room.run("poll", code=1)
    publish(room, f"{server.url}/x")
    assert asked(server) == ["/feed"]

    server.replies["/feed"] = Reply(rss())
    told(room, days=2)

    assert sorted(asked(server)) == ["/feed", "/x"]


def test_a_silent_host_is_waited_for_once(room, server, monkeypatch):
    """Not as often as it has pages: a poll holds the lock meanwhile."""
    links = many(server, Reply(""), 8)
    visited: list[int] = []

    def silence(requests, may_start):
        for place, _ in enumerate(requests):
            if may_start(place):
                visited.append(place)
                yield place, NoResponse("it takes too long")

    monkeypatch.setattr("feedhub.cli.poll.way_out", lambda _: silence)
    publish(room, *links)

    assert visited == [0]


def test_a_failed_visit_leaves_the_validators_alone(room, server):
    """Those of a robot check would have the page be not modified, which nobody has seen since."""
    server.replies["/x"] = page("<p>It binds first.</p>", ETag='"1"')
    publish(room, f"{server.url}/x")
    wall = Reply("<html><title>Just a moment...</title>", headers={"Content-Type": "text/html", "ETag": '"wall"'})
    server.replies["/x"] = wall

    told(room, days=8)
    told(room, days=8)

    assert [headers.get("if-none-match") for _, headers in server.requests] == [None, '"1"', '"1"']


def test_the_validators_of_a_first_visit_that_failed_are_not_sent(room, server):
    """The page behind the robot check may have the same."""
    server.replies["/x"] = Reply("<html><title>Just a moment...</title>", headers={"ETag": '"1"'})
    publish(room, f"{server.url}/x")
    server.replies["/x"] = page("<p>It binds first.</p>", ETag='"1"')
    told(room, days=8)
    server.replies["/x"] = page("<p>It waits first.</p>", ETag='"2"')

    assert told(room, days=8) == [("edited", 1)]
    assert [headers.get("if-none-match") for _, headers in server.requests] == [None, None, '"1"']


def test_what_is_sent_with_a_token_leads_to_nothing_else(room, server):
    """Nothing that a commentary can say steps out of a repository."""
    note = f"a/..#5 x/y@../../../user1 {PULL.replace('pull/1', 'releases/tag/v1%2F..%2F..%2F..%2Fuser')}"
    publish(room, f"{server.url}/x", note=note)

    assert asked(server) == ["/x"]


def test_one_release_is_one_target(room, server):
    """However it is written: its edit is told once."""
    path = "/repos/k3s-io/k3s/releases/tags/v1.17.0%2Bk3s.1"
    server.replies[path] = Reply(json.dumps({"tag_name": "v1.17.0+k3s.1", "name": "n", "body": "One"}))
    publish(room, "https://github.com/k3s-io/k3s/releases/tag/v1.17.0%2Bk3s.1", note="k3s-io/k3s@v1.17.0+k3s.1")
    server.replies[path] = Reply(json.dumps({"tag_name": "v1.17.0+k3s.1", "name": "n", "body": "Two"}))

    assert told(room, days=8) == [("edited", 1)]
    assert asked(server) == [path, path]


def test_old_issues_of_an_older_version_are_cited(room, server):
    """What was published before anybody watched is looked at in its turn, within a month."""
    publish(room, f"{server.url}/x")
    db = open_store(room.folder / "db/feedhub.db")
    for table in ("citations", "cited", "snapshots", "targets"):
        db.execute(f"delete from {table}")
    db.close()
    asked(server)
    room.now += 30 * WEEK

    for _ in range(32):
        told(room, days=1)

    assert asked(server) in (["/x"], ["/x", "/x"])
