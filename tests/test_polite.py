"""Manners, as a publisher sees them in its log: checks L01 to L19, black box, with the clock of FEEDHUB_NOW."""

import itertools
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Reply, Weekly, item, rss
from hostile import NOW, Hub, Site, header

from feedhub.cli import cli

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CLIENT = "feedhub"
MOVED, LENT = ("redir-301", "redir-308"), ("redir-302", "redir-303", "redir-307")
PATIENT = ("retry-429-seconds", "retry-429-date", "retry-503-seconds")
ODD = ("retry-429-none", "retry-429-garbage", "retry-429-negative", "retry-503-past")
UNTIL = 8


@dataclass(frozen=True, slots=True)
class Hours:
    """What the log has of nine hours, and what the score is made of."""

    hub: Hub
    log: list[dict[str, Any]]
    score: float
    checks: dict[str, dict[str, Any]]

    def asked(self, case: str, path: str = "/case") -> list[dict[str, Any]]:
        """Return the requests of a case, in their order."""
        return [one for one in self.log if one["key"] == f"/c/{CLIENT}{path}/{case}"]


@pytest.fixture(scope="module")
def hours(shared, site, tmp_path_factory) -> Hours:
    """Thirty-two feeds of one host, polled at 0:00, 0:10, 1:00, 2:00 ... 8:00."""
    manifest = site.ask("/_manifest")
    wanted = {"gone", *PATIENT, *ODD, "retry-429-huge", *MOVED, *LENT}
    names = [case["name"] for case in manifest if case["group"] == "cache" or case["name"] in wanted]
    assert len(names) == 32
    hub = Hub(tmp_path_factory.mktemp("hub")).write(
        {name: site.url(f"/case/{name}", CLIENT) for name in names}, site.allow
    )
    for now in (NOW, NOW + 10 * MINUTE, *(NOW + hour * HOUR for hour in range(1, UNTIL + 1))):
        site.turn(now)
        assert hub.run("poll", "--json", now=now).code in (0, 1)
    command = [sys.executable, shared / "hostile/polite.py", site.folder / "log.jsonl", "--client", CLIENT, "--json"]
    figures = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[CLIENT]
    return Hours(hub, site.asked(CLIENT), figures["score"], {check["name"]: check for check in figures["checks"]})


def test_L01_score(hours):
    """At least 98 of 100; the best peer has 82.6."""
    assert hours.score >= 98, hours.checks


def test_L01_there_was_something_to_score(hours):
    """Nobody is polite by never coming: what may be visited hourly was, but when a 429 stopped a poll of the host."""
    for name in ("cache-etag", "cache-both", "cache-changing", "cache-lm-bogus", "cookies", "host-load"):
        assert len(hours.asked(name)) >= UNTIL + 1 - 3, name


CHECKS = {
    "L03 both": "both validators when both were given",
    "L04 hourly": "no refetch within 3600 s",
    "L05 Retry-After": "Retry-After obeyed",
    "L06 back-off": "back-off grows after failures",
    "L08 gone": "no request after 410",
    "L09 moved": "301/308 remembered (after 3)",
    "L09 lent": "302/303/307 not remembered",
    "L10 who we are": "User-Agent names a product and a contact",
    "L11 compressed": "compressed answers accepted",
    "L12 two at a time": "at most 2 requests at a time",
    "L14 cookies": "no cookies",
    "L14 Referer": "no Referer",
    "L14 query": "no query string added",
    "L14 GET": "GET only",
    "L14 no second try": "no quick retry after a failure (60 s)",
    "L15 max-age": "max-age obeyed",
}


@pytest.mark.parametrize("name", CHECKS.values(), ids=CHECKS)
def test_L03_L04_L05_L06_L08_L09_L10_L11_L12_L14_L15_of_the_score(hours, name):
    """Each part of the score has evidence, and nothing against us."""
    check = hours.checks[name]

    assert check["good"] == check["seen"] > 0, check


def test_L02_every_request_after_a_good_answer_with_validators_is_conditional(hours):
    """Three feeds have none: an ETag with quotes in it, one of 6 KB, a date that is none; see L03."""
    bare, odd = [], ("cache-odd", "cache-long", "cache-lm-bogus")
    for _, group in itertools.groupby(
        sorted(hours.log, key=lambda one: (one["key"], one["seq"])), lambda one: one["key"]
    ):
        known = False
        for one in group:
            if known and not (header(one, "if-none-match") or header(one, "if-modified-since")):
                bare.append(one["target"].rpartition("/")[2])
            known = known or (one["status"] == 200 and {"etag", "last-modified"} & one["answer"].keys() != set())

    assert set(bare) <= set(odd)


SENT_BACK = {
    "cache-weak": {'W/"abc"'},
    "cache-unquoted": {"abc", None},
    "cache-odd": {'"a\\"b, c;d Ã©"', None},  # The log reads bytes as Latin-1.
    "cache-304-updates": {f'"u{turn}"' for turn in range(UNTIL)},  # Each once: see below.
}


@pytest.mark.parametrize(("case", "tags"), SENT_BACK.items(), ids=SENT_BACK)
def test_L03_an_etag_goes_back_as_it_came_or_not_at_all(hours, case, tags):
    """Weak, without quotes, with quotes and bytes in it, renewed by a 304: never altered."""
    _, *later = (header(one, "if-none-match") for one in hours.asked(case))

    assert len(later) > 4
    assert set(later) <= tags
    assert case != "cache-304-updates" or len(set(later)) == len(later)


def test_L05_L06_a_server_that_says_when_is_left_alone_until_then(hours):
    """Two hours when it says so; a month for a number without an end; our own patience for what is no time."""
    times = {case: [one["vt"] for one in hours.asked(case)] for case in (*PATIENT, *ODD, "retry-429-huge")}

    assert len(times["retry-429-huge"]) == 1
    for case in PATIENT:
        assert len(times[case]) > 2
        assert all(later - earlier >= 7199 for earlier, later in itertools.pairwise(times[case])), case
    for case in ODD:
        gaps = [later - earlier for earlier, later in itertools.pairwise(times[case])]
        assert len(gaps) > 1
        assert all(gap >= 0.9 * 3600 * 2**place for place, gap in enumerate(gaps)), case


def test_L08_what_is_gone_is_not_asked_again_until_an_editor_says_so(site, hours):
    """One request; status says so; `feed resume` has it visited again."""
    later = NOW + (UNTIL + 1) * HOUR
    before = len(hours.asked("gone"))
    state = hours.hub.states(later)["gone"]
    resumed = hours.hub.run("feed", "resume", "gone", now=later)
    hours.hub.run("poll", "--feed", "gone", now=later)

    assert (before, state["state"], resumed.code) == (1, "gone", 0)
    assert len(site.asked(CLIENT, "/case/gone")) == 2


def test_L09_F11_from_the_fourth_poll_on_a_feed_is_visited_where_it_has_moved(hours):
    """After three polls that were led there for good; a loan is never remembered; feeds.yaml stays as it is."""
    states = hours.hub.states(NOW + UNTIL * HOUR)

    for case, path in zip(MOVED, ("good/moved", "good/moved308"), strict=True):
        assert [len(hours.asked(case)), len(hours.asked(path, "/feed"))] == [3, UNTIL + 1]
        assert states[case]["url"].endswith(path)
    for case in LENT:
        assert len(hours.asked(case)) == UNTIL + 1
        assert states[case]["url"].endswith(case)
    assert "good/moved" not in (hours.hub.folder / "feeds.yaml").read_text(encoding="utf-8")


def test_L10_L11_who_comes_and_what_it_takes(hours):
    """Program, version and a way to reach the editors; gzip; the types of feeds."""
    sent = {tuple(header(one, name) for name in ("user-agent", "accept-encoding", "accept")) for one in hours.log}

    ((agent, coding, types),) = sent
    assert re.fullmatch(r"feedhub/\d[\w.]* \(\+editors@weekly\.example\.org\)", agent)
    assert coding == "gzip"
    assert {"application/atom+xml", "application/rss+xml", "application/feed+json"} <= set(types.split(", "))


def test_L14_nothing_is_asked_twice_in_one_poll(hours):
    """Not even what failed."""
    seen = {(one["key"], round((one["vt"] - NOW.timestamp()) / 300)) for one in hours.log}

    assert len(seen) == len(hours.log)


def test_L18_another_etag_is_no_news(hours):
    """The same bytes under ever new ETags: nothing is stored twice, and no poll of it is remembered as news."""
    count = "select count(*), sum(new) from polls join feeds on feeds.id = feed where name = 'cache-changing'"

    assert hours.hub.rows(count) == [(1, 3)]
    assert len(hours.hub.titles()["cache-changing"]) == 3


def test_L17_force_leaves_alone_who_said_when_or_never(site, hours):
    """The schedule is ignored; a hold and a 410 are not."""
    site.turn(NOW + UNTIL * HOUR + MINUTE)
    before = len(site.asked(CLIENT))
    hours.hub.run("poll", "--force", now=NOW + UNTIL * HOUR + MINUTE)

    asked = {one["key"].rpartition("/")[2] for one in site.asked(CLIENT)[before:]}
    assert {"cache-etag", "cache-max-age"} <= asked
    assert not {"retry-429-huge", "retry-429-seconds", "gone"} & asked


def listed(folder: Path, site: Site, client: str, *paths: str) -> Weekly:
    """Return a weekly of some of the site's feeds, whose commands run in this process: that is quicker."""
    weekly = Weekly(folder)
    feeds = "\n".join(f"  - {{name: {path.rpartition('/')[2]}, url: '{site.url(path, client)}'}}" for path in paths)
    weekly.write(feeds, f"network: {{allow: {json.dumps(site.allow)}}}\n")
    return weekly


def test_L04_every_ten_minutes_asks_each_feed_hourly(site, tmp_path):
    """Over three hours: four times."""
    weekly = listed(tmp_path, site, "tens", "/feed/good", "/feed/no-date")

    for turn in range(19):
        weekly.now = NOW + turn * 10 * MINUTE
        weekly.run("poll")

    assert [len(site.asked("tens", f"/feed/{name}")) for name in ("good", "no-date")] == [4, 4]


def test_L07_a_host_that_asks_for_patience_is_left_alone(site, tmp_path):
    """After one feed's 429 the eleven others of the host wait as well, within the same poll."""
    urls = {"busy": site.url("/case/retry-429-seconds", "host")}
    urls |= {f"f{number}": site.url(f"/case/host-load/{number}", "host") for number in range(11)}
    hub = Hub(tmp_path / "hub").write(urls, site.allow)

    hub.run("poll", "--json")

    assert len(site.asked("host", "/case/retry-429-seconds")) == 1
    assert len(site.asked("host")) <= 3  # One may be under way.


def test_L12_fifty_feeds_of_one_host_come_two_at_a_time(site, tmp_path):
    """And a tenth of a second apart."""
    urls = {f"f{number}": site.url(f"/case/host-load/{number}", "fifty") for number in range(50)}
    hub = Hub(tmp_path / "hub").write(urls, site.allow)
    assert hub.run("poll").code == 0

    asked = site.asked("fifty")
    starts = sorted(one["t"] for one in asked)
    edges = sorted([(one["t"], 1) for one in asked] + [(one["t"] + one["secs"], -1) for one in asked])
    assert len(asked) == 50
    assert max(itertools.accumulate(step for _, step in edges)) <= 2
    assert starts[-1] - starts[0] > 49 * 0.1
    assert min(later - earlier for earlier, later in itertools.pairwise(starts)) > 0.03  # It sees them a little later.


@pytest.mark.parametrize("seconds", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_L13_each_feed_has_a_moment_of_its_own(site, tmp_path, seconds):
    """`poll --spread`: 31 feeds start all over the time given, and each in the next hour when it did in this one."""
    client = f"spread-{seconds}"
    urls = {f"f{number}": site.url(f"/feed/good/{number}", client, f"f{number}.localhost") for number in range(31)}
    hub = Hub(tmp_path / "hub").write(urls, site.allow)
    moments = []
    for hour in range(2):
        before = len(site.asked(client))
        assert hub.run("poll", "--spread", f"{seconds}s", now=NOW + hour * HOUR).code == 0
        asked = site.asked(client)[before:]
        first = min(one["t"] for one in asked)
        moments.append({one["key"]: one["t"] - first for one in asked})

    assert [len(each) for each in moments] == [31, 31]
    assert seconds * 0.7 < max(moments[0].values()) < seconds + 1
    assert all(abs(moments[0][key] - moments[1][key]) < 1 for key in moments[0])


SAID = {
    "max-age": ({"Cache-Control": "max-age=14400"}, ""),
    "Expires": ({"Expires": formatdate(time.time() + 14_410, usegmt=True)}, ""),  # The Date beside it is the real one.
    "ttl": ({}, "<ttl>240</ttl>"),
    "sy": ({}, "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency>"),
}
SY = 'version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


@pytest.mark.parametrize(("headers", "head"), SAID.values(), ids=SAID)
def test_L15_a_publisher_says_how_long_it_stays_fresh(weekly, server, headers, head):
    """In a header or in the document, four hours are four hours."""
    body = rss(item(1)).replace("<title>", f"{head}<title>", 1).replace('version="2.0"', SY)
    server.replies["/feed"] = Reply(body, headers=headers)
    weekly.write(f"  - {{name: one, url: '{server.url}/feed'}}", f"network: {{allow: ['{server.host}']}}\n")
    asked = []
    for minutes in (60, 170, 15, 0):  # Until the next poll.
        weekly.run("poll", "--json")
        asked.append(len(server.requests))
        weekly.now += minutes * MINUTE

    assert asked == [1, 1, 1, 2]


def test_L16_L19_a_feed_that_fails_for_a_month_is_asked_daily_and_never_dropped(site, tmp_path):
    """At most sixty requests for two feeds; the poll that asks exits 1, and status says since when."""
    weekly = listed(tmp_path, site, "month", "/case/status-500", "/case/status-404")
    visits = {}
    for hour in (*range(48), *range(48, 30 * 24, 4)):
        environment = {"FEEDHUB_NOW": (NOW + hour * HOUR).isoformat()}
        before = len(site.asked("month"))
        code = CliRunner().invoke(cli, ["--hub", str(tmp_path), "poll"], env=environment).exit_code
        visits[hour] = (len(site.asked("month")) - before, code)

    hours = [hour for hour, (requests, _) in visits.items() if requests]
    assert sum(requests for requests, _ in visits.values()) <= 60
    assert 24 <= max(later - earlier for earlier, later in itertools.pairwise(hours)) <= 36
    assert {code for requests, code in visits.values() if requests} == {1}
    for state in weekly.json("status"):
        assert (state["state"], state["since"]) == ("failing", "2026-01-06T00:00:00Z")
