"""follow: a story comes back to the desk when what somebody waits for has come, and says so."""

import json
from datetime import timedelta

import pytest
from conftest import TUESDAY, Reply, item, rss
from polling import Here

from feedhub.model.document import Category, Document, Entry, Head
from feedhub.pollers import feeds, watching
from feedhub.rules import identity
from feedhub.store import byhand, follows
from feedhub.store.connection import writing

PULL = "https://github.com/kubernetes/kubernetes/pull/1"
API = "/repos/kubernetes/kubernetes/issues/1"
ENHANCEMENT = "/repos/kubernetes/enhancements/issues/1370"


def issue(state: str = "open", merged: str | None = None, labels: tuple[str, ...] = ()) -> Reply:
    said = {"state": state, "title": "T", "labels": [{"name": label} for label in labels]}
    return Reply(json.dumps(said | {"pull_request": {"merged_at": merged}}))


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """What comes is read in this process."""
    monkeypatch.setattr(watching, "Readers", Here)
    monkeypatch.setattr(feeds, "Readers", Here)


@pytest.fixture
def room(weekly, server):
    """A weekly with a dropped pull request (1) and a dropped enhancement (2), a feed, and GitHub's API on loopback."""
    server.replies |= {API: issue(), ENHANCEMENT: issue(labels=("stage/alpha",)), "/feed": Reply(rss())}
    weekly.write(
        f"  - {{name: kube, url: '{server.url}/feed', backlog: all}}",
        f"network: {{allow: ['{server.host}'], github: '{server.url}'}}\n",
    )
    weekly.run("add", PULL, "--title", "A pull request", "--no-fetch")
    weekly.run("add", "https://github.com/kubernetes/enhancements/issues/1370", "--title", "KEP-1370", "--no-fetch")
    weekly.run("drop", "1-2")
    return weekly


def came(weekly, *options: str, **later: float) -> list[tuple[int, str]]:
    """Poll so much later; return the stories that came back, and why."""
    weekly.now += timedelta(**(later or {"days": 1}))
    polled = weekly.json("poll", *options)
    return [(one["followed"], one["why"]) for one in polled if "followed" in one]


def asked(server) -> list[str]:
    paths = [path for path, _ in server.requests if path != "/feed"]
    server.requests.clear()
    return paths


def test_until_it_is_merged(room, server):
    """Its source is asked daily, and then no more; list and show say what for."""
    room.run("follow", "1", "--until", "merged")
    assert room.json("list", "--dropped")[-1]["follows"] == ["merged"]
    assert "[until merged]" in room.run("list", "--dropped").stdout
    assert "followed until: merged" in room.run("show", "1").stdout
    assert [came(room), came(room, hours=2), came(room)] == [[], [], []]
    assert asked(server) == [API, API]

    server.replies[API] = issue("closed", merged="2019-12-14T00:00:00Z")

    assert came(room) == [(1, "merged")]
    (story,) = room.json("list", "--new")
    assert (story["number"], story["recalled"], story["follows"]) == (1, "followed: merged", [])
    assert "(followed: merged)" in room.run("list", "--new").stdout
    asked(server)
    assert came(room, days=8) == []
    assert asked(server) == [API]
    assert came(room, days=8) == []
    assert asked(server) == []


def test_a_story_that_was_published_says_where(room, server):
    """What the last issue with it was."""
    room.run("pick", "1", "--section", "up")
    room.run("publish")
    room.run("follow", "1", "--until", "closed")
    server.replies[API] = issue("closed")

    assert came(room) == [(1, "closed")]

    assert room.json("show", "1")[0]["recalled"] == "followed: closed; last covered in No. 1"


def test_until_a_stage(room, server):
    """The label of the enhancement's issue."""
    room.run("follow", "2", "--until", "stage:beta")
    assert came(room) == []

    server.replies[ENHANCEMENT] = issue(labels=("stage/beta",))

    assert came(room) == [(2, "stage:beta")]


def test_until_a_day(room, server):
    """In the newsletter's zone, at the first poll of that day; nobody is visited for it."""
    room.run("follow", "1", "--until", "2019-12-12")
    asked(server)

    assert came(room, days=1) == []
    assert came(room, hours=7) == [(1, "2019-12-12")]  # 01:00 in Shanghai
    assert room.json("list", "--new")[0]["recalled"] == "followed: 2019-12-12"


SAID = {
    "a release that speaks of it": (
        "released",
        {"title": "v1.18", "link": "https://github.com/a/b/releases/tag/v1.18", "description": f"Has {PULL}."},
        "released in a/b@v1.18",
    ),
    "a newer one of the same project": (
        "released",
        {"title": "v1.18", "link": "https://github.com/kubernetes/kubernetes/releases/tag/v1.18"},
        "released in kubernetes/kubernetes@v1.18",
    ),
    "a mention": ("any", {"title": "What to read", "description": f"See {PULL} for more."}, "mentioned by 3"),
    "a feed that tells it as well": ("any", {"title": "A pull request", "link": PULL}, "told by kube as well"),
}


@pytest.mark.parametrize(("until", "said", "why"), SAID.values(), ids=SAID)
def test_until_something_is_said(room, server, until, said, why):
    """By any feed, since it is followed."""
    room.run("follow", "1", "--until", until)
    assert came(room) == []

    server.replies["/feed"] = Reply(rss(item(7, **said)))

    assert came(room, "--force") == [(1, why)]
    assert room.json("show", "1")[0]["state"] == "new"


def test_a_release_of_a_project_that_was_added_by_its_page(room, server):
    """Its repository is all that is known of it."""
    room.run("add", "https://github.com/wagoodman/dive", "--title", "dive", "--no-fetch")
    room.run("follow", "3", "--until", "released")
    server.replies["/feed"] = Reply(rss(item(7, "v1", link="https://github.com/wagoodman/dive/releases/tag/v1")))

    assert came(room, "--force") == [(3, "released in wagoodman/dive@v1")]


def test_what_was_said_before_is_not_waited_for(room, server):
    """Only what comes counts."""
    server.replies["/feed"] = Reply(rss(item(7, "What to read", description=f"See {PULL}.")))
    room.run("poll")
    room.now += timedelta(hours=2)
    room.run("follow", "1", "--until", "any")

    assert came(room, "--force") == []


def test_cancel(room, server):
    """One condition, or all; undo takes it back. Nobody is visited any more."""
    for until in ("merged", "any"):
        room.run("follow", "1", "--until", until)
    room.run("follow", "1", "--until", "any")
    assert room.json("show", "1")[0]["follows"] == ["merged", "any"]
    room.run("follow", "1", "--cancel", "--until", "any")
    assert room.json("show", "1")[0]["follows"] == ["merged"]
    room.run("undo")
    assert room.json("show", "1")[0]["follows"] == ["merged", "any"]
    assert "is not followed any more" in room.run("follow", "1", "--cancel").stderr

    came(room)
    asked(server)

    assert came(room, days=8) == []
    assert asked(server) == []
    assert "1 is not followed" in room.run("follow", "1", "--cancel", code=2).stderr


def test_what_is_followed_is_listed(room):
    """By whom, until what."""
    assert "nothing is followed" in room.run("follow").stderr
    room.run("follow", "1", "--until", "merged", editor="ed2")

    assert room.json("follow") == [
        {"number": 1, "until": "merged", "editor": "ed2", "at": "2019-12-10T10:00:00Z", "title": "A pull request"}
    ]
    assert "until merged" in room.run("follow").stdout


def test_deciding_ends_that_it_is_back(room, server):
    """As with any news; what else is waited for goes on."""
    room.run("follow", "1", "--until", "2019-12-11")
    room.run("follow", "1", "--until", "2019-12-13")
    assert came(room) == [(1, "2019-12-11")]
    room.run("drop", "1")
    assert room.json("list", "--new") == []

    assert came(room, days=2) == [(1, "2019-12-13")]

    assert room.json("show", "1")[0]["recalled"] == "followed: 2019-12-13"


def test_a_merged_story_is_followed_on(room):
    """Under the number that it has today."""
    room.run("follow", "2", "--until", "2019-12-11")
    room.run("merge", "1", "2")

    assert room.json("show", "1")[0]["follows"] == ["2019-12-11"]
    assert came(room) == [(1, "2019-12-11")]


REFUSED = {
    "no story": (["--until", "merged"], "say which stories"),
    "no condition": (["1"], "until what?"),
    "no such condition": (["1", "--until", "merge"], "is none of merged, closed"),
    "a day that was": (["1", "--until", "2019-12-10"], "does not lie ahead"),
    "nothing to merge": (["3", "--until", "merged"], "3 is about no pull request, issue or KEP"),
}


@pytest.mark.parametrize(("arguments", "says"), REFUSED.values(), ids=REFUSED)
def test_what_nobody_can_wait_for(room, arguments, says):
    """Said at once."""
    room.run("add", "https://a.example/x", "--title", "X", "--no-fetch")

    assert says in room.run("follow", *arguments, code=2).stderr
    assert room.json("follow") == []


def test_what_was_kept_off_the_desk_comes_to_it(room, server):
    """A story of the backlog that somebody follows is wanted."""
    server.replies["/feed"] = Reply(rss(item(7, "Old", pubDate="01 Jan 2018 00:00:00 GMT")))
    room.write(
        f"  - {{name: old, url: '{server.url}/feed'}}",
        f"network: {{allow: ['{server.host}'], github: '{server.url}'}}\n",
    )
    room.run("poll")
    assert room.json("list", "--new") == []
    room.run("follow", "3", "--until", "2019-12-11")

    assert came(room) == [(3, "2019-12-11")]

    assert [story["number"] for story in room.json("list", "--new")] == [3]


def test_how_it_stands_may_be_told_by_a_feed(store):
    """A feed of kind github says of a pull request that it was merged, and which labels it has."""
    entry = Entry(title="A", link=PULL, status="merged", categories=(Category("stage/beta"), Category("sig/node")))
    (said,) = identity.said(Document(Head(), (entry,), "github"))
    with writing(store):
        story = byhand.add(store, "tag:a.example,2019:x", said, "ed1", TUESDAY).story

    news = follows.news_of(store, story, TUESDAY)

    assert (news.states, news.labels) == (("merged",), ("stage/beta", "sig/node"))
    assert follows.keys_of(store, story)
