"""watch: polls look again at what issues cite, and what changed there is told once, with its issue and its writer."""

import json

import pytest
from conftest import Reply, item, rss
from polling import Here
from watched import API, DAY, PULL, asked, furnished, issue, page, publish, told

from feedhub.pollers import feeds, watching
from feedhub.store import dues
from feedhub.store.connection import open_store, rows


@pytest.fixture(autouse=True)
def here(monkeypatch, request):
    """Pages are read in this process, where a test's name does not say otherwise."""
    if not request.node.name.endswith("in_a_process"):
        monkeypatch.setattr(watching, "Readers", Here)
        monkeypatch.setattr(feeds, "Readers", Here)


@pytest.fixture
def room(weekly, server):
    """A weekly whose API of GitHub is the loopback server, as is a page in it."""
    return furnished(weekly, server)


# what is found


def test_an_edited_page_read_in_a_process(room, server):
    """With the words that changed, the issue, and who wrote about it; in a line, and as JSON."""
    publish(room, f"{server.url}/x")
    server.replies["/x"] = page("<p>It waits first.</p><p>Then it waits.</p>")

    room.now += 8 * DAY
    polled = room.run("poll")

    assert "(1, in No. 1) was edited" in polled.stdout
    assert "1 of what was published or is followed is otherwise now" in polled.stderr
    shown = room.run("watch").stdout
    assert "story 1 in No. 1, by ed1" in shown
    assert "It [-binds-] {+waits+} first." in shown
    (row,) = room.json("watch")
    assert (row["watch"], row["kind"], row["story"], row["issue"], row["editor"]) == (1, "edited", 1, "No. 1", "ed1")
    assert [piece for piece in row["diff"] if "same" not in piece] == [{"gone": "binds "}, {"come": "waits "}]
    assert "watch 1: was edited, since No. 1" in room.run("show", "1").stdout


QUIET = {
    "furniture": "<p>It binds first.</p><p>Then it waits.</p><aside>Three more articles</aside><nav>Home, too</nav>",
    "a clock": "<p>It binds first.</p><p>Then it waits.</p><time>3 minutes ago</time>",
    "white space and markup": "<div><p>It <b>binds</b>\n first.</p></div><p>Then it waits.</p>",
}


@pytest.mark.parametrize("text", QUIET.values(), ids=QUIET)
def test_what_is_no_edit(room, server, text):
    """What is on every page of the site, or moves by itself."""
    publish(room, f"{server.url}/x")
    server.replies["/x"] = page(text)

    assert told(room, days=8) == []
    assert len(asked(server)) == 2


def test_a_deleted_page_is_confirmed_first(room, server):
    """One 404 tells nothing; a second one, the next day, does, and only once."""
    publish(room, f"{server.url}/x")
    del server.replies["/x"]

    assert told(room, days=8) == []
    assert told(room, hours=1) == []
    assert told(room, days=1) == [("deleted", 1)]
    assert told(room, days=8) == []


def test_a_page_that_comes_back_was_never_deleted(room, server):
    """A server that was mended in a day."""
    publish(room, f"{server.url}/x")
    there = server.replies.pop("/x")
    assert told(room, days=8) == []

    server.replies["/x"] = there

    assert told(room, days=1) == []
    assert told(room, days=8) == []


def test_a_page_that_says_that_it_is_deleted(room, server):
    """WeChat does, with a 200."""
    publish(room, f"{server.url}/x")
    server.replies["/x"] = page("该内容已被发布者删除")

    assert told(room, days=8) == []
    assert told(room, days=1) == [("deleted", 1)]


REDIRECTS = {
    "for good, to another page": (301, "/y", [("redirected", 1)]),
    "for good, to the front page": (308, "/", [("redirected", 1)]),
    "for now": (302, "/y?x", []),
    "to a login": (301, "/login", []),
    "to the same page": (301, "/x/", []),
    "to nothing, at once": (301, "/nothing", []),
}


@pytest.mark.parametrize(("status", "to", "kinds"), REDIRECTS.values(), ids=REDIRECTS)
def test_redirects(room, server, status, to, kinds):
    """Only one that is for good leads away from what was published."""
    publish(room, f"{server.url}/x")
    server.replies |= {to: server.replies["/x"]} if to != "/nothing" else {}
    server.replies["/x"] = Reply("", status, {"Location": to})

    assert told(room, days=8) == kinds
    assert told(room, days=8) == ([("deleted", 1)] if to == "/nothing" else [])


FAILURES = {
    "a refusal": Reply("x", 403),
    "an error": Reply("x", 500),
    "a robot check": Reply("<html><title>Just a moment...</title>"),
    "no page": Reply("%PDF-1.7", headers={"Content-Type": "application/pdf"}),
    "an empty one": Reply(" "),
    "a coding that nobody asked for": Reply("<html>", headers={"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("reply", FAILURES.values(), ids=FAILURES)
def test_a_visit_that_failed_is_no_finding(room, server, reply):
    """Nor is a word said of it, whatever the reader of cron's mail asked for; and it is left alone for a week."""
    publish(room, f"{server.url}/x")
    server.replies["/x"] = reply
    room.now += 8 * DAY

    polled = room.run("poll", "--quiet")

    assert (polled.stdout, polled.stderr) == ("", "")
    assert told(room, days=8) == []
    asked(server)
    assert told(room, days=2) == []
    assert asked(server) == []


def test_an_event_that_is_cancelled(room, server):
    """By what its page states of it."""
    stated = '{"@type": "Event", "name": "KubeCon", "startDate": "2020-07-01", "eventStatus": "https://schema.org/%s"}'
    script = f'<p>Shanghai</p><script type="application/ld+json">{stated}</script>'
    server.replies["/x"] = page(script % "EventScheduled")
    publish(room, f"{server.url}/x")

    server.replies["/x"] = page(script % "EventCancelled")

    assert told(room, days=8) == [("withdrawn", 1)]
    assert told(room, days=8) == []


def test_a_pull_request_is_asked_for_at_its_source(room, server):
    """Closed unmerged is told; its page is never visited. An edit of its text is one."""
    server.replies[API] = issue()
    publish(room, PULL)
    assert asked(server) == [API]

    server.replies[API] = issue(body="What else it does.")
    assert told(room, days=8) == [("edited", 1)]
    server.replies[API] = issue("closed", body="What else it does.", pull_request={"merged_at": None})
    assert told(room, days=8) == [("closed", 1)]
    assert [row["says"] for row in room.json("watch")] == ["was edited", "was closed unmerged"]
    assert set(asked(server)) == {API}


def test_a_release_that_is_withdrawn(room, server):
    """Its tag is known, and its notes are gone."""
    path = "/repos/wagoodman/dive/releases/tags/v0.9"
    server.replies[path] = Reply(json.dumps({"tag_name": "v0.9", "name": "v0.9", "body": "Notes"}))
    publish(room, "https://github.com/wagoodman/dive/releases/tag/v0.9")
    del server.replies[path]

    assert told(room, days=8) == []
    assert told(room, days=1) == [("withdrawn", 1)]


def test_what_github_does_not_let_us_see_was_not_withdrawn(room, server):
    """A private repository is a 404 from the first visit on."""
    publish(room, PULL)

    assert told(room, days=1) == []
    assert told(room, days=8) == []


def test_links_in_commentary_are_looked_at_as_well(room, server):
    """Those of the text, and the pull requests that it names."""
    server.replies |= {"/y": page("Y"), API: issue()}
    publish(room, f"{server.url}/x", note=f"[见]({server.url}/y) kubernetes/kubernetes#1")
    assert sorted(asked(server)) == [API, "/x", "/y"]

    server.replies["/y"] = page("Z")

    assert told(room, days=8) == [("edited", 1)]
    assert room.json("watch")[0]["url"] == f"{server.url}/y"


def test_files_are_not_looked_at(room, server):
    """Nor is the front page of a site, which changes every day."""
    publish(room, f"{server.url}/x", note=f"{server.url}/dive_0.9.tar.gz {server.url}/talk.mp4 {server.url}/")

    assert asked(server) == ["/x"]


# through feeds


@pytest.fixture
def fed(room, server):
    """A published entry of a feed, its page among others of the feed."""
    old = [item(number, link=f"{server.url}/{number}") for number in (1, 2, 3)]
    server.replies |= {"/feed": Reply(rss(*old)), **{f"/{number}": page("x") for number in (1, 2, 3)}}
    room.write(
        f"  - {{name: kube, url: '{server.url}/feed', section: up, backlog: all}}",
        f"network: {{allow: ['{server.host}'], github: '{server.url}'}}\n",
    )
    room.run("poll")
    room.run("annotate", "2", "--text", "值得一读", editor="ed2")
    room.run("pick", "2")
    room.run("publish")
    return room


def files(weekly) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in (weekly.folder / "output").rglob("*") if path.is_file()}


def test_I10_an_entry_that_its_feed_edits_after_print(fed, server):
    """Without a visit; the issue stays as it is, and says nothing."""
    before = files(fed)
    server.replies["/feed"] = Reply(rss(*(item(n, f"Edited {n}", link=f"{server.url}/{n}") for n in (1, 2, 3))))

    assert told(fed, "--feed", "kube", "--force", days=1) == [("edited", 2)]

    fed.run("publish")
    assert files(fed) == before
    (row,) = fed.json("watch")
    assert (row["issue"], row["editor"], row["says"]) == ("No. 1", "ed2", "was edited, in kube")
    assert {"gone": "Entry "} in row["diff"]
    assert told(fed, "--feed", "kube", "--force", days=1) == []


def test_an_edit_of_what_was_edited_brings_its_row_up_to_date(fed, server):
    """Until it is settled it is one row, from what was printed to what is there now; after that it is another."""
    for turn, title in enumerate(("One", "Two", "Three")):
        server.replies["/feed"] = Reply(rss(*(item(n, f"{title} {n}", link=f"{server.url}/{n}") for n in (1, 2, 3))))
        assert told(fed, "--feed", "kube", "--force", days=1) == ([] if turn == 1 else [("edited", 2)])
        if turn == 1:
            (row,) = fed.json("watch")
            assert {"gone": "Entry "} in row["diff"]
            assert {"come": "Two "} in row["diff"]
            fed.run("watch", "done", "1")

    (row,) = fed.json("watch")
    assert row["watch"] == 2
    assert {"gone": "Two "} in row["diff"]


def test_an_edit_whose_poll_died_is_told_by_the_next_one(fed, server, monkeypatch):
    """Between storing what feeds said and looking at what that means; no feed is due any more then."""
    server.replies["/feed"] = Reply(rss(*(item(n, f"Edited {n}", link=f"{server.url}/{n}") for n in (1, 2, 3))))
    fed.now += DAY
    with monkeypatch.context() as dying:
        dying.setattr(watching, "watch", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            fed.run("poll", "--feed", "kube", "--force")

    assert told(fed, "--no-watch", minutes=1) == [("edited", 2)]
    assert told(fed, "--no-watch", minutes=1) == []


def test_I09_an_entry_that_its_feed_takes_back(fed, server):
    """From the midst of its feed; status says it of the feed, and the issue stays."""
    before = files(fed)
    server.replies["/feed"] = Reply(rss(*(item(n, link=f"{server.url}/{n}") for n in (1, 3))))

    assert told(fed, "--feed", "kube", "--force", days=1) == [("deleted", 2)]

    assert files(fed) == before
    assert fed.json("status")[0]["watch"] == [1]
    assert told(fed, "--feed", "kube", "--force", days=1) == []


def test_an_entry_that_rolls_off_is_not_taken_back(fed, server):
    """It was the oldest, and something new came."""
    server.replies["/feed"] = Reply(rss(*(item(n, link=f"{server.url}/{n}") for n in (3, 4, 5))))

    assert told(fed, "--feed", "kube", "--force", days=1) == []


def test_an_entry_that_goes_although_nothing_came_is_taken_back(fed, server):
    """Nothing pushed it off the end."""
    server.replies["/feed"] = Reply(rss(item(3, link=f"{server.url}/3")))

    assert told(fed, "--feed", "kube", "--force", days=1) == [("deleted", 2)]


# what is not true any more


def test_an_edit_that_is_taken_back_settles_itself(room, server):
    """At its page; the next edit is another row."""
    printed = server.replies["/x"]
    publish(room, f"{server.url}/x")
    for reply, kinds in ((page("Two"), [("edited", 1)]), (printed, []), (page("Three"), [("edited", 1)])):
        server.replies["/x"] = reply
        assert told(room, days=8) == kinds
        assert len(room.json("watch")) == len(kinds)

    assert [row["settled"] for row in room.json("watch", "--all")] == ["reverted", None]
    assert "settled already: it is as it was" in room.run("watch", "done", "1", code=2).stderr


def test_an_edit_that_a_feed_takes_back_settles_itself(fed, server):
    """Nobody has to look at what is as it was."""
    printed = server.replies["/feed"]
    server.replies["/feed"] = Reply(rss(*(item(n, f"Edited {n}", link=f"{server.url}/{n}") for n in (1, 2, 3))))
    assert told(fed, "--feed", "kube", "--force", days=1) == [("edited", 2)]
    server.replies["/feed"] = printed

    assert told(fed, "--feed", "kube", "--force", days=1) == []

    assert fed.json("watch") == []


def test_a_pull_request_that_is_merged_after_all(room, server):
    """Its row says so; without one that waits there is nothing to say. What it says else is told the next time."""
    server.replies[API] = issue()
    publish(room, PULL)
    server.replies[API] = issue("closed", pull_request={"merged_at": None})
    assert told(room, days=8) == [("closed", 1)]
    server.replies[API] = issue("closed", pull_request={"merged_at": "2019-12-25T00:00:00Z"}, body="What else it does.")

    assert told(room, days=8) == []

    assert [row["says"] for row in room.json("watch")] == ["was closed unmerged, and is merged now"]
    assert told(room, days=8) == [("edited", 1)]


def test_an_issue_that_was_closed_when_it_was_published_is_opened_again(room, server):
    """Nobody was told of the one, nor is of the other."""
    server.replies[API] = issue("closed", state_reason="not_planned", closed_at="2019-01-01T00:00:00Z")
    publish(room, PULL)
    server.replies[API] = issue()

    assert told(room, days=8) == []
    assert room.json("watch") == []


# settling


@pytest.fixture
def edited(room, server):
    """A row that waits."""
    publish(room, f"{server.url}/x")
    server.replies["/x"] = page("<p>It waits first.</p>")
    assert told(room, days=8) == [("edited", 1)]
    return room


def test_done(edited):
    """The row is gone from the list, and in the journal; undo brings it back."""
    edited.run("watch", "done", "1")

    assert edited.json("watch") == []
    assert [row["settled"] for row in edited.json("watch", "--all")] == ["done"]
    assert edited.json("log")[0]["command"] == "watch done 1"
    assert "settled already: done" in edited.run("watch", "done", "1", code=2).stderr
    edited.run("undo")
    assert [row["settled"] for row in edited.json("watch")] == [None]


def test_a_long_difference_is_cut(room, server):
    """An article in one paragraph fills the screen; --full shows all of it."""
    publish(room, f"{server.url}/x")
    server.replies["/x"] = page("<p>It waits first. " + "word " * 15_000)
    told(room, days=8)

    said = room.run("watch").stdout

    assert max(map(len, said.splitlines())) < 600
    assert "[-binds-] {+waits+} first." in said
    assert "there is more: feedhub watch --full" in said
    assert len(room.run("watch", "--full").stdout) > 75_000


def test_correct_brings_the_story_back(edited):
    """As a candidate that says what for; picking or dropping it ends that, and undo takes it off the desk again."""
    edited.run("watch", "correct", "1")

    (story,) = edited.json("list", "--new")
    assert (story["recalled"], story["news_since"]) == ("correct what No. 1 said", "No. 1")
    assert "(correct what No. 1 said)" in edited.run("list", "--new").stdout
    edited.run("undo")
    assert edited.json("list", "--new") == []
    edited.run("redo")
    edited.run("drop", "1")
    assert edited.json("list", "--new") == []
    assert edited.json("show", "1")[0]["recalled"] is None


def test_follow_a_row(edited, server):
    """Until anything happens, unless it says what."""
    edited.run("watch", "follow", "1")

    assert edited.json("watch") == []
    assert edited.json("show", "1")[0]["follows"] == ["any"]


def test_an_unknown_row(edited):
    """Says where to look."""
    refused = edited.run("watch", "done", "1", "7", code=2)

    assert "there is no row of watch '7'; see: feedhub watch" in refused.stderr
    assert len(edited.json("watch")) == 1


def test_one_link_in_two_issues(room, server):
    """Each writer hears of it; who wrote after the edit knew it."""
    server.replies |= {"/y": page("Y"), "/z": page("Z")}
    publish(room, f"{server.url}/x")
    room.now += DAY
    publish(room, f"{server.url}/y", note=f"又见 {server.url}/x")
    server.replies["/x"] = page("<p>It waits first.</p>")
    room.now += DAY
    room.run(
        "add", f"{server.url}/z", "--title", "Z", "--no-fetch", "--section", "up", "--note", f"{server.url}/x", "--pick"
    )
    room.run("publish")

    assert told(room) == [("edited", 1), ("edited", 2)]
    assert told(room, days=8) == []


# quiet polls


@pytest.mark.parametrize("option", [["--no-watch"], ["--feed", "kube"]])
def test_who_asks_for_feeds_alone_gets_feeds_alone(fed, server, option):
    """No page is visited."""
    fed.run("poll", "--force", *option)

    assert not {"/1", "/2", "/3"} & set(asked(server))


def test_a_quiet_poll_asks_one_question(fed, server, monkeypatch):
    """When nothing is due, nothing of what is watched is read, and nobody is visited."""
    told(fed, hours=1)
    asked(server)
    questions = []
    monkeypatch.setattr(watching, "watch", lambda *_: questions.append("watch") or ())

    assert told(fed, hours=2) == []

    assert questions == []
    assert asked(server) == ["/feed"]


def test_the_question_is_answered_by_indexes(fed):
    """Whatever the past holds."""
    db = open_store(fed.folder / "db/feedhub.db")
    seen: list[str] = []
    db.set_trace_callback(seen.append)
    dues.is_due(db, fed.now, fed.now.date())
    db.set_trace_callback(None)
    plan = [row["detail"] for row in rows(db, f"explain query plan {seen[0]}")]
    db.close()

    scans = [step for step in plan if step.startswith("SCAN") and "CONSTANT" not in step]
    assert set(scans) <= {"SCAN issues", "SCAN altered"}  # There are few issues, and no more of altered than of feeds.
    assert any("targets_due" in step for step in plan)
    assert any("follows_waiting" in step for step in plan)
