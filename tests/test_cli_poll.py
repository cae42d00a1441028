"""poll and status: what they print, what they exit with, and who may not poll at the same time."""

import json
import re
from datetime import timedelta

import pytest
from conftest import Reply, item, rss

from feedhub.store.connection import lock_path, locked

ONE = rss(item(1), item(2))
FIELDS = {"name", "outcome", "new", "backlog", "hidden", "changed", "gone", "error", "gap"}


@pytest.fixture
def two(weekly, server):
    """A weekly with a good feed and one that is not there."""
    server.replies["/good"] = Reply(ONE, headers={"ETag": '"1"'})
    listed(weekly, server, "good", "bad")
    return weekly


def listed(weekly, server, *names: str) -> None:
    lines = [f"  - {{name: {name}, url: '{server.url}/{name}', section: 业界要闻}}" for name in names]
    weekly.write("\n".join(lines), f"network: {{allow: ['{server.host}']}}\n")


def elsewhere(weekly, server, name: str) -> None:
    """Put a feed on a host of its own: whoever asks us for patience asks for all that is on his host."""
    there = server.host.replace("127.0.0.1", "localhost")
    path = weekly.folder / "feeds.yaml"
    text = path.read_text(encoding="utf-8").replace(f"{server.host}/{name}", f"{there}/{name}")
    path.write_text(text.replace("allow: [", f"allow: ['{there}', "), encoding="utf-8")


def asked(server) -> list[str]:
    return [path for path, _ in server.requests]


def state_of(weekly, name: str) -> dict:
    return next(state for state in weekly.json("status") if state["name"] == name)


def test_lines_are_of_news_on_stdout_and_of_trouble_on_stderr(two):
    """A feed with news is a line of the answer; a failed one is a line for a person, and makes the exit code 1."""
    found = two.run("poll", code=1)

    assert found.stdout == "good: 2 new\n"
    assert found.stderr.splitlines() == ["bad: HTTP 404", "2 of 2 feeds visited: 2 new, 0 changed, 1 failed"]


def test_a_feed_that_failed_is_one_in_the_exit_code_of_the_process(two):
    """What cron sees is 1, not what a function returned on the way."""
    found = two.process("poll")

    assert (found.returncode, found.stdout) == (1, "good: 2 new\n")


def test_json_is_an_object_for_each_feed_and_a_summary(two):
    """With the fields of the contract, the summary last, and nothing else on stdout."""
    *visits, summary = two.json("poll", code=1)
    bad, good = sorted(visits, key=lambda visit: visit["name"])

    assert set(good) == set(bad) == FIELDS
    assert (good["name"], good["outcome"], good["new"], good["error"]) == ("good", "fetched", 2, None)
    assert (bad["name"], bad["outcome"], bad["new"], bad["error"]) == ("bad", "failed", 0, "HTTP 404")
    assert {key: summary[key] for key in ("summary", "feeds", "failed", "new", "changed", "gone")} == {
        "summary": True, "feeds": 2, "failed": 1, "new": 2, "changed": 0, "gone": 0,
    }  # fmt: skip


def test_what_changed_and_what_is_gone_is_counted(weekly, server):
    """An entry with another title has changed; one that the document no longer holds is gone from it, not from us."""
    server.replies["/good"] = Reply(ONE)
    listed(weekly, server, "good")
    weekly.run("poll")
    server.replies["/good"] = Reply(rss(item(2, "Corrected")))

    visit, summary = weekly.json("poll", "--force")

    assert (visit["outcome"], visit["new"], visit["changed"], visit["gone"]) == ("fetched", 0, 1, 1)
    assert (summary["new"], summary["changed"], summary["gone"]) == (0, 1, 1)
    assert len(weekly.json("list", "--all")) == 2


def test_a_quiet_poll_prints_no_line_of_the_answer(two, server):
    """The feed said 304: no news, no trouble, exit 0."""
    two.run("poll", "--feed", "good")

    found = two.run("poll", "--feed", "good", "--force")

    assert found.stdout == ""
    assert "1 of 2 feeds visited: 0 new" in found.stderr
    assert server.requests[-1][1]["if-none-match"] == '"1"'


def test_nothing_due_is_a_sentence_not_a_visit(two, server):
    """The schedule is kept: the second poll of the hour asks nobody and says why."""
    two.run("poll", code=1)
    server.requests.clear()

    found = two.run("poll")

    assert (found.stdout, server.requests) == ("", [])
    assert "no feed is due" in found.stderr
    assert [line["feeds"] for line in two.json("poll")] == [0]


def test_an_hour_later_feeds_are_due_again(two, server):
    """Without a word of the publisher a feed is visited hourly, by the clock that FEEDHUB_NOW sets."""
    two.run("poll", code=1)
    server.requests.clear()
    two.now += timedelta(hours=1)

    two.run("poll", code=1)

    assert sorted(asked(server)) == ["/bad", "/good"]


def test_feed_narrows_the_poll(two, server):
    """--feed may stand several times; other feeds are left alone, and do not spoil the exit code."""
    two.run("poll", "--feed", "good")
    assert asked(server) == ["/good"]

    two.run("poll", "--feed", "good", "--feed", "bad", "--force", code=1)
    assert sorted(asked(server)) == ["/bad", "/good", "/good"]


def test_an_unknown_feed_names_the_nearest(two, server):
    """Exit 2, before anything is visited."""
    found = two.run("poll", "--feed", "god", code=2)

    assert "'god'" in found.stderr
    assert "did you mean good" in found.stderr
    assert server.requests == []


def test_force_ignores_the_schedule_but_no_hold(weekly, server):
    """A 429 with Retry-After and a 410 keep even --force away."""
    server.replies |= {
        "/good": Reply(ONE),
        "/busy": Reply(b"", 429, {"Retry-After": "7200"}),
        "/over": Reply(b"", 410),
    }
    listed(weekly, server, "good", "busy", "over")
    elsewhere(weekly, server, "busy")
    weekly.run("poll", code=1)
    server.requests.clear()

    weekly.run("poll", "--force")

    assert asked(server) == ["/good"]
    states = {state["name"]: state for state in weekly.json("status")}
    assert {name: state["state"] for name, state in states.items()} == {"good": "ok", "busy": "held", "over": "gone"}
    assert states["busy"]["next"] == "2019-12-10T12:00:00Z"
    assert states["over"]["next"] is None


def test_gone_for_good_is_said_once(weekly, server):
    """A 410 is named with exit 1 when it happens; after that the feed is not polled any more."""
    server.replies["/over"] = Reply(b"", 410)
    listed(weekly, server, "over")

    assert "over: gone for good (410)" in weekly.run("poll", code=1).stderr
    weekly.now += timedelta(days=40)
    assert "no feed is due" in weekly.run("poll").stderr
    assert asked(server) == ["/over"]


def test_a_contact_is_needed_before_anybody_is_visited(weekly, server):
    """Publishers must be able to reach whoever polls them: exit 2, and the key is named."""
    text = (
        (weekly.folder / "feeds.yaml").read_text(encoding="utf-8").replace("  contact: editors@", "  tagline: editors@")
    )
    weekly.write(f"  - {{name: good, url: '{server.url}/good'}}", text=text)

    assert "newsletter.contact" in weekly.run("poll", code=2).stderr
    assert server.requests == []


def test_loopback_is_refused_unless_feeds_yaml_allows_it(weekly, server):
    """The refusal names the pair to allow, and no byte was asked for."""
    weekly.write(f"  - {{name: good, url: '{server.url}/good'}}")

    found = weekly.run("poll", code=1)

    assert f"list {server.host} in network.allow" in found.stderr
    assert server.requests == []


def test_status_says_how_each_feed_does(two):
    """Before the first poll all are new; afterwards state, time of the visit, of the next one, and the trouble."""
    assert [state["state"] for state in two.json("status")] == ["new", "new"]

    two.run("poll", code=1)

    head, good, bad = two.run("status").stdout.splitlines()
    assert head.split() == ["FEED", "STATE", "CHECKED", "NEXT", "ADDRESS"]
    assert re.fullmatch(r"good +ok +2019-12-10 18:00 +2019-12-10 18:54 +http://\S+", good)
    assert re.fullmatch(
        r"bad +failing +2019-12-10 18:00 +2019-12-10 18:54 +http://\S+ +since 2019-12-10 18:00: HTTP 404", bad
    )


def test_status_as_json_has_the_fields_of_the_contract(two):
    """Times are in UTC there; what there is nothing to say about is null."""
    two.run("poll", code=1)
    two.now += timedelta(hours=2)
    two.run("poll", "--feed", "bad", code=1)

    good, bad = two.json("status")

    assert set(good) >= {"name", "url", "state", "since", "error", "checked", "next", "proposed_url", "gap"}
    assert {key: bad[key] for key in ("state", "since", "error", "checked")} == {
        "state": "failing", "since": "2019-12-10T10:00:00Z", "error": "HTTP 404", "checked": "2019-12-10T12:00:00Z",
    }  # fmt: skip
    assert [good[key] for key in ("state", "since", "error", "proposed_url", "gap")] == ["ok", None, None, None, None]


def test_a_feed_that_recovers_is_ok_again(two, server):
    """One good answer ends the trouble: no error, no since."""
    two.run("poll", code=1)
    server.replies["/bad"] = Reply(rss(item(5)))
    two.run("poll", "--force")

    assert [state_of(two, "bad")[key] for key in ("state", "since", "error")] == ["ok", None, None]


def test_a_permanent_move_is_proposed_not_made(weekly, server):
    """The new address is named by poll and by status; feeds.yaml is the editors' to change."""
    server.replies |= {"/old": Reply(b"", 301, {"Location": "/new"}), "/new": Reply(ONE)}
    listed(weekly, server, "old")

    assert f"old: it has moved for good to {server.url}/new" in weekly.run("poll").stderr

    state = state_of(weekly, "old")
    assert (state["state"], state["url"], state["proposed_url"]) == ("moved", f"{server.url}/old", f"{server.url}/new")
    assert "/new" in weekly.run("status").stdout


def test_a_window_without_overlap_is_a_possible_gap(weekly, server):
    """Nothing of what the feed said last time is left: entries may have come and gone in between; status says so."""
    server.replies["/good"] = Reply(rss(item(1), item(2)))
    listed(weekly, server, "good")
    weekly.run("poll")
    server.replies["/good"] = Reply(rss(item(8), item(9)))
    weekly.run("poll", "--force")

    assert state_of(weekly, "good")["gap"] == "2019-12-10T10:00:00Z"
    assert "may have been lost" in weekly.run("status").stdout


def test_no_command_shows_a_password(weekly, server):
    """Neither poll nor status, however they are asked, show the password of a feed's address."""
    server.replies["/moved"] = Reply(b"", 301, {"Location": f"{server.url.replace('//', '//ann:s3cret@')}/good"})
    server.replies["/good"] = Reply(ONE)
    address = server.url.replace("//", "//ann:s3cret@")
    weekly.write(
        f"  - {{name: locked, url: '{address}/missing'}}\n  - {{name: moved, url: '{address}/moved'}}",
        f"network: {{allow: ['{server.host}']}}\n",
    )

    polls = [weekly.run("-v", "poll", code=1), weekly.run("poll", "--force", "--json", code=1)]
    shown = [*polls, weekly.run("status"), weekly.run("status", "--json"), weekly.run("-v", "status")]

    assert len(server.requests) == 6
    assert "s3cret" not in "".join(found.stdout + found.stderr for found in shown)
    assert state_of(weekly, "locked")["url"] == f"{server.url.replace('//', '//ann:***@')}/missing"
    assert state_of(weekly, "moved")["state"] == "moved"


def test_verbose_says_of_each_visit_what_came_of_it(two):
    """-v is for a person: stdout stays the answer."""
    found = two.run("-v", "poll", code=1)

    assert found.stdout == "good: 2 new\n"
    assert re.search(r"^good: fetched, http\S+/good, next at 2019-12-10T10:54:00Z$", found.stderr, re.MULTILINE)


def test_C02_a_second_poll_names_the_holder(two, server):
    """While one poll runs another exits 4, says which process has the lock, and visits nobody."""
    two.run("status")
    with locked(lock_path(two.folder / "db" / "feedhub.db", "poll"), "poll"):
        found = two.run("poll", code=4)

    assert re.search(r"another poll is running \(process \d+\)", found.stderr)
    assert (found.stdout, server.requests) == ("", [])
    two.run("poll", code=1)


def test_a_publish_does_not_keep_a_poll_away(two):
    """Each has its own lock."""
    two.run("status")
    with locked(lock_path(two.folder / "db" / "feedhub.db", "publish"), "publish"):
        assert two.run("poll", "--feed", "good").stdout == "good: 2 new\n"


@pytest.mark.parametrize("command", ["poll", "status"])
def test_feeds_yaml_is_read_before_anything_is_done(weekly, command):
    """A mistake in it ends every command with 2, file, line and column."""
    (weekly.folder / "feeds.yaml").write_text("newsletter:\n  titel: x\n", encoding="utf-8")

    found = weekly.run(command, code=2)

    assert re.search(r"feeds\.yaml:2:3: unknown key 'titel' .*did you mean title", found.stderr)


def test_fetched_text_does_not_drive_the_terminal(weekly, server):
    """What a publisher sends reaches stderr as one harmless line."""
    server.replies["/odd"] = Reply(
        b"", 302, {"Location": "gopher://a.example/\x9b31m\u202ex".encode().decode("latin-1")}
    )
    listed(weekly, server, "odd")

    found = weekly.run("poll", code=1).stderr + weekly.run("status").stdout

    assert "gopher" in found
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", found)


def test_json_of_a_poll_is_one_line_an_object(two):
    """A reader may take it line by line."""
    out = two.run("poll", "--json", code=1).stdout

    assert out.endswith("\n")
    assert [type(json.loads(line)) for line in out.splitlines()] == [dict, dict, dict]
