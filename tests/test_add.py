"""add: a story that is in no feed, with all that is done to it at once; what is known already is said to be."""

import shlex

import pytest
from conftest import Reply, item, rss
from polling import Here

from feedhub.pollers import adding, readers
from feedhub.pollers import feeds as pollers
from feedhub.store import feeds
from feedhub.store.connection import open_store, rows

HEAD = """<title>Scheduling frameworks - Kube notes</title><meta property="og:title" content="Scheduling frameworks">
<meta property="article:published_time" content="2019-12-05T10:00:00Z"><meta name="author" content="Ana">
<link rel="canonical" href="/scheduling"><meta property="og:site_name" content="Kube notes">"""
FEED = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
CHECK = "<html><title>Just a moment...</title><body>Checking your browser"


@pytest.fixture(autouse=True)
def here(monkeypatch, request):
    """Pages are read in this process, where a test's name does not say otherwise."""
    if not request.node.name.endswith("in_a_process"):
        monkeypatch.setattr(adding, "Readers", Here)
        monkeypatch.setattr(pollers, "Readers", Here)


def html(head: str) -> Reply:
    return Reply(f"<!DOCTYPE html><html lang='en'><head>{head}</head><body><article><p>What changes.</p></article>")


@pytest.fixture
def open_web(weekly, server):
    """A weekly that may visit a server with a page, a feed with the same link, and a robot check."""
    server.replies |= {
        "/scheduling": html(HEAD + FEED),
        "/scheduling?utm_source=x": html(HEAD + FEED),
        "/plain": html("<title></title>"),
        "/check": Reply(CHECK),
        "/feed.xml": Reply(rss(item(1, "Scheduling", link=f"{server.url}/scheduling?utm_medium=rss"))),
    }
    weekly.write(more=f"network: {{allow: ['{server.host}']}}\n")
    return weekly


def subscribe(weekly, server) -> None:
    weekly.write(f"  - {{name: kube, url: '{server.url}/feed.xml'}}", f"network: {{allow: ['{server.host}']}}\n")


def test_a_page_becomes_a_story_read_in_a_process(open_web, server):
    """What it states, under its canonical link; and its feed is named where it is not listed."""
    found = open_web.run("add", f"{server.url}/scheduling?utm_source=x")

    assert found.stdout == "1 is new: Scheduling frameworks (new)\n"
    assert found.stderr.strip() == f"its feed is not listed yet: feedhub feed add {server.url}/feed.xml"
    (story,) = open_web.json("list")
    assert (story["number"], story["state"], story["feed"], story["also"]) == (1, "new", "by hand", [])
    assert (story["link"], story["authors"]) == (f"{server.url}/scheduling", ["Ana"])
    assert story["published"] == "2019-12-05T10:00:00Z"


def test_options_go_before_the_page(open_web, server):
    """Each for itself; a day is one in the newsletter's zone."""
    options = [
        "--title",
        "调度 框架",
        "--author",
        "李四",
        "--author",
        "Bo",
        "--date",
        "2019-12-01",
        "--language",
        "zh-CN",
    ]

    (said,) = open_web.json("add", f"{server.url}/scheduling", *options)

    assert (said["title"], said["authors"], said["published"]) == ("调度 框架", ["李四", "Bo"], "2019-11-30T16:00:00Z")
    assert (said["language"], said["known"], said["trouble"]) == ("zh-CN", False, None)
    assert said["feed_url"] == f"{server.url}/feed.xml"


def test_all_at_once_is_one_act(open_web, server):
    """Added, tagged, annotated, picked; one undo takes it off the desk, and adding it again brings it back."""
    everything = ["--section", "up/Kubernetes", "--tag", "k8s", "--note", "值得一读", "--pick"]
    open_web.run("add", f"{server.url}/scheduling", *everything)
    (story,) = open_web.json("show", "1")

    assert (story["state"], story["section"], story["tags"]) == ("picked", "upstream/Kubernetes", ["k8s"])
    assert story["notes"] == {"zh-CN": "值得一读"}
    assert [act["command"] for act in story["log"]] == [f"add {server.url}/scheduling"]
    open_web.run("undo")
    assert open_web.json("list") == []
    assert open_web.json("show", "1")[0]["reason"] == "taken back"
    assert "1 is new" in open_web.run("add", f"{server.url}/scheduling").stdout
    assert [(one["number"], one["state"]) for one in open_web.json("list")] == [(1, "new")]


def test_redo_brings_it_back(open_web, server):
    """As it was, with its note."""
    open_web.run("add", f"{server.url}/scheduling", "--note", "值得一读")
    open_web.run("undo")

    open_web.run("redo")

    (story,) = open_web.json("list")
    assert (story["state"], story["notes"]) == ("new", {"zh-CN": "值得一读"})


def test_who_wrote_the_note_is_an_author_and_readers_see_the_site(open_web, server):
    """An issue names neither us nor `by hand` as the source."""
    open_web.run("add", f"{server.url}/scheduling", "--section", "up", "--note", "值得一读", "--pick")
    open_web.run("add", "--title", "编者的话", "--section", "up", "--pick")

    open_web.run("publish")

    issue = (open_web.folder / "output/issues/2019-W50/issue.md").read_text("utf-8")
    assert "作者 | ed1" in issue
    assert "来源：Kube notes (Ana)" in issue
    assert "来源：云原生周报" in issue
    assert "by hand" not in issue


KNOWN = {
    "the same link": "/scheduling",
    "with tracking": "/scheduling?utm_source=x",
    "a page that says it is that one": "/copy",
}


@pytest.mark.parametrize("path", KNOWN.values(), ids=KNOWN)
def test_what_a_feed_told_is_known(open_web, server, path):
    """No second story; tags, notes and picks are for the one that there is, and its title stays."""
    server.replies["/copy"] = html(HEAD)
    subscribe(open_web, server)
    open_web.run("poll")

    found = open_web.run("add", f"{server.url}{path}", "--title", "Mine", "--tag", "k8s", "--note", "嗯")

    assert found.stdout == "1 has it already: Scheduling (new)\n"
    (story,) = open_web.json("list")
    assert (story["title"], story["tags"], story["notes"]) == ("Scheduling", ["k8s"], {"zh-CN": "嗯"})


def test_a_known_link_is_not_visited(open_web, server):
    """Nobody need be asked for what is here."""
    open_web.run("add", f"{server.url}/scheduling")
    server.requests.clear()

    assert open_web.json("add", f"{server.url}/scheduling")[0]["known"]

    assert server.requests == []


def test_what_is_known_by_its_key_is_known(open_web):
    """A pull request is one story, whoever links to which part of it."""
    open_web.run("add", "https://github.com/kubernetes/kubernetes/pull/88567", "--title", "A", "--no-fetch")

    found = open_web.run("add", "https://github.com/kubernetes/kubernetes/issues/88567", "--title", "B", "--no-fetch")

    assert found.stdout.startswith("1 has it already")


def test_a_feed_that_tells_it_later_joins_the_editors_story(open_web, server):
    """Its number, note and section stay; and the feed is who told it as well."""
    open_web.run("add", f"{server.url}/scheduling", "--note", "值得一读", "--section", "up")
    subscribe(open_web, server)

    open_web.run("poll")

    (story,) = open_web.json("list", "--all")
    assert (story["number"], story["notes"], story["section"]) == (1, {"zh-CN": "值得一读"}, "upstream")
    assert "kube" in (story["feed"], *story["also"])
    assert "by hand" not in story["also"]


def test_T01_a_page_drives_neither_the_terminal_nor_the_shell(open_web, server):
    """Its title is shown and not obeyed; the command that names its feed is one argument, whatever it is called."""
    hostile = "<title>A &#27;[31m&#x202e;B</title><link rel=feed href=\"/x';touch${IFS}y;'\">"
    server.replies["/hostile"] = html(hostile)

    found = open_web.run("add", f"{server.url}/hostile")

    assert not {"\x1b", "\u202e"} & set(found.stdout + found.stderr)
    command = found.stderr.partition("not listed yet: ")[2].strip()
    assert shlex.split(command) == ["feedhub", "feed", "add", f"{server.url}/x';touch%24{{IFS}}y;'"]


def test_S01_what_is_not_public_is_not_visited(weekly, server):
    """Unless feeds.yaml says so, as for feeds."""
    refused = weekly.run("add", f"{server.url}/scheduling", code=2)

    assert "is not a public address" in refused.stderr
    assert server.requests == []


# what cannot be read


TROUBLE = {
    "a robot check": ("/check", "a robot check stands before it"),
    "a refusal": ("/403", "HTTP 403"),
    "nothing there": ("/nothing", "HTTP 404"),
    "no page": ("/paper.pdf", "it is no HTML page but application/pdf"),
    "a login": ("/private", "a login stands before it"),
    "the front page": ("/old", "it leads to the front page of its site"),
    "an empty one": ("/empty", "the page is empty"),
}


@pytest.mark.parametrize(("path", "says"), TROUBLE.values(), ids=TROUBLE)
def test_what_is_not_the_page_says_nothing_of_it(open_web, server, path, says):
    """The command says so and asks for a title; with one, the story is made of what the editor says."""
    server.replies |= {
        "/403": Reply(html(HEAD).body, 403),
        "/paper.pdf": Reply("%PDF-1.7", headers={"Content-Type": "application/pdf"}),
        "/private": Reply("", 302, {"Location": "/login?next=/private"}),
        "/login?next=/private": html("<title>Welcome</title>"),
        "/old": Reply("", 302, {"Location": "/"}),
        "/": html("<title>Kube notes</title>"),
        "/empty": Reply(" "),
    }

    refused = open_web.run("add", f"{server.url}{path}", code=2)
    assert f"{says}; say yourself what it is: --title" in refused.stderr
    assert open_web.json("list", "--all") == []
    (said,) = open_web.json("add", f"{server.url}{path}", "--title", "Mine")
    assert (said["title"], said["link"], said["published"]) == ("Mine", f"{server.url}{path}", None)
    assert says in said["trouble"]


def test_a_page_without_a_title_needs_one(open_web, server):
    """It is not called by its address."""
    assert "states no title; give it one with --title" in open_web.run("add", f"{server.url}/plain", code=2).stderr


REFUSED = {
    "nothing at all": ([], "a URL, or a --title"),
    "no address": (["--", "mailto:ana@a.example"], "only http and https addresses"),
    "a password": (["https://ana:secret@a.example/x", "--title", "x"], "has a name or a password in it"),
    "no visit, no title": (["https://a.example/x", "--no-fetch"], "give it a --title"),
    "an unknown section": (["--title", "x", "--section", "Upstrem"], "there is no section 'Upstrem'"),
    "nowhere to pick it into": (["--title", "x", "--pick"], "where does it go?"),
    "no language": (["--title", "x", "--language", "Chinese!"], "is not a language"),
    "no tag": (["--title", "x", "--tag", " "], "is no tag"),
}


@pytest.mark.parametrize(("arguments", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_added(open_web, arguments, says):
    """Said before anybody is visited; nothing is stored."""
    refused = open_web.run("add", *arguments, code=2)

    assert says in refused.stderr
    assert "secret" not in refused.stderr
    assert open_web.json("list", "--all") == []


ADDRESSES = {
    "without its scheme": ("a.example/x", "https://a.example/x"),
    "with a port": ("a.example:8080/x", "https://a.example:8080/x"),
    "no secret of ours": ("https://a.example/$HOME", "https://a.example/%24HOME"),
    "in Chinese": ("https://例子.example/文", "https://xn--fsqu00a.example/%E6%96%87"),
}


@pytest.mark.parametrize(("written", "link"), ADDRESSES.values(), ids=ADDRESSES)
def test_addresses_as_people_write_them(open_web, written, link):
    """The story has the one that a browser would ask for."""
    assert open_web.json("add", written, "--title", "x", "--no-fetch")[0]["link"] == link


def test_no_fetch_visits_nothing(open_web, server):
    """The editor's word is all."""
    open_web.run("add", f"{server.url}/scheduling", "--title", "Mine", "--no-fetch")

    assert server.requests == []
    assert open_web.json("list")[0]["title"] == "Mine"


def test_what_is_added_is_no_feed(open_web, server):
    """Nobody polls it, lists it, or takes it for a feed that was removed; its row outlives a change of feeds.yaml."""
    open_web.run("add", "--title", "编者的话")
    subscribe(open_web, server)

    visited = open_web.json("poll")

    assert [one.get("name") for one in visited] == ["kube", None]
    assert [one["name"] for one in (*open_web.json("feed", "list"), *open_web.json("status"))] == ["kube", "kube"]
    assert "by hand" not in open_web.run("feed", "export", "-").stdout
    db = open_store(open_web.folder / "db/feedhub.db")
    assert feeds.retired(db) == {}
    assert rows(db, "select kind from feeds where name = 'by hand'") == [{"kind": "hand"}]
    db.close()
    assert open_web.json("list", "--feed", "by hand")[0]["title"] == "编者的话"


def test_a_page_may_make_its_reader_loop_in_a_process(open_web, server, monkeypatch):
    """It is read in a process that is given up: the story is made of what the editor says."""
    monkeypatch.setattr(readers, "_COMMAND", ("sleep", "60"))
    monkeypatch.setattr(readers.Readers.__init__, "__defaults__", (2, 0.2))

    found = open_web.run("add", f"{server.url}/scheduling", "--title", "Mine")

    assert "the page itself could not be read: reading it took longer than 0 s" in found.stderr


def test_what_is_added_may_be_the_same_as_what_a_feed_told(open_web, server):
    """Under another link and nearly the same title: the editor says."""
    server.replies["/feed.xml"] = Reply(rss(item(1, "Kubernetes 1.17: Stability and a new scheduler")))
    subscribe(open_web, server)
    open_web.run("poll")

    found = open_web.run("add", "--title", "Kubernetes 1.17: stability, and a new scheduler")

    assert "1 may tell the same: feedhub merge 2 1" in found.stderr
    assert open_web.json("show", "2")[0]["suggested"][0]["number"] == 1
