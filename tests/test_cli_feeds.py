"""feed: adding, listing, checking, removing, pausing, moving; and that nothing secret is ever shown."""

import re
import stat

import pytest
from conftest import Reply, item, rss
from polling import Here

from feedhub.pollers import checking, finding
from feedhub.pollers import feeds as pollers

ONE = rss(item(1), item(2), title="Kubernetes Blog")
SECRET = "s3cr3t"


@pytest.fixture
def site(weekly, server, monkeypatch):
    """A weekly without feeds, and a site whose front page names its feed."""
    for module in (finding, checking, pollers):
        monkeypatch.setattr(module, "Readers", Here)
    server.replies |= {
        "/": Reply("<html><link rel=alternate type=application/rss+xml href=/feed.xml>"),
        "/feed.xml": Reply(ONE),
    }
    weekly.write(more=f"network: {{allow: ['{server.host}']}}\n")
    return weekly


def feeds_yaml(weekly) -> str:
    return (weekly.folder / "feeds.yaml").read_text(encoding="utf-8")


def test_add_shows_what_a_site_says_and_lists_it(site, server):
    """From the address of a page: its feed, what that says and how often; then it is in feeds.yaml."""
    before = feeds_yaml(site)
    dry = site.run("feed", "add", server.url, "--section", "up/Kub", "--tag", "x", "--backlog", "all", "--dry-run")
    assert (feeds_yaml(site), (site.folder / "db").exists()) == (before, False)

    found = site.run("feed", "add", server.url, "--section", "up/Kub", "--tag", "x", "--backlog", "all")

    assert found.stdout == dry.stdout
    assert re.fullmatch(
        rf"kubernetes-blog: Kubernetes Blog\n  address  {server.url}/feed.xml; found at {server.url}\n"
        r"  says     2 entries \(rss20\) of 60 minutes: about .*\n  2019-12-04  Entry 1\n  2019-12-04  Entry 2\n",
        found.stdout,
    )
    assert feeds_yaml(site) == before + (
        f"\nfeeds:\n  - name: kubernetes-blog\n    url: {server.url}/feed.xml\n"
        "    section: upstream/Kubernetes\n    tags: [x]\n    backlog: all\n"
    )
    assert site.run("poll").stdout == "kubernetes-blog: 2 new\n"


def test_add_takes_several_and_says_which_failed(site, server):
    """What was found is added; the exit code is 1, and each other one is a line."""
    (line,) = site.json("feed", "add", server.url, f"{server.url}/none/x.xml", "file:///etc/passwd", code=1)

    assert (line["name"], line["url"], line["entries"], line["added"]) == (
        "kubernetes-blog",
        f"{server.url}/feed.xml",
        2,
        True,
    )
    assert [feed["name"] for feed in site.json("feed", "list")] == ["kubernetes-blog"]


REFUSED = {
    "S01 a host that is not allowed": ("http://127.0.0.2:9/feed", "list 127.0.0.2:9 in network.allow to visit it"),
    "S03 by another spelling": ("http://0x7f000002:9/feed", "is not a public address"),
    "S03 the metadata of a cloud": ("http://169.254.169.254/latest", "is not a public address"),
    "S03 wrapped in IPv6": ("http://[::ffff:127.0.0.2]:9/", "is not a public address"),
    "S04 file": ("file:///etc/passwd", "only http and https"),
    "S04 gopher": ("gopher://a.example/", "only http and https"),
    "S04 data": ("data:text/xml,x", "only http and https"),
    "S04 javascript": ("javascript:alert(1)", "only http and https"),
    "S04 exec": ("exec:/bin/ls", "only http and https"),
    "S04 filter": ("filter:/bin/ls:https://a.example/", "only http and https"),
    "S04 a command": ("|id", "only http and https"),
    "blank": (" ", "only http and https"),
}  # fmt: skip


@pytest.mark.parametrize(("url", "rule"), REFUSED.values(), ids=REFUSED)
def test_S03_S04_what_is_not_visited_is_not_added(site, server, url, rule):
    """Exit 2, one line that names the rule; nothing is asked, and feeds.yaml stays as it is."""
    before = feeds_yaml(site)

    found = site.run("feed", "add", url, code=2)

    assert rule in found.stderr
    assert found.stderr.count("\n") <= 1
    assert (server.requests, feeds_yaml(site)) == ([], before)


WRONG = {
    "a section": (["--section", "Nws"], "there is no section 'Nws'"),
    "a name": (["--name", "a b"], "'a b' is the name of a feed already, or is not a name of letters"),
    "days": (["--backlog", "week"], "'week' is none of all, none or a number of days"),
}


@pytest.mark.parametrize(("options", "says"), WRONG.values(), ids=WRONG)
def test_what_feeds_yaml_would_refuse_is_refused_before(site, server, options, says):
    """As pick does it: the nearest names, and nothing is written."""
    before = feeds_yaml(site)

    assert says in site.run("feed", "add", server.url, *options, code=2).stderr
    assert feeds_yaml(site) == before


def test_G05_a_feed_is_not_added_twice(site, server):
    """However its address is spelled, and wherever it leads: an error that names the one that is there."""
    site.run("feed", "add", server.url)
    port = server.url.rpartition(":")[2]
    server.replies["/moved"] = Reply(b"", 301, {"Location": "/feed.xml"})

    for again in (f"HTTP://127.0.0.1:{port}/feed.xml", f" {server.url}/feed.xml#x", f"{server.url}/moved", server.url):
        assert "is listed already, as kubernetes-blog" in site.run("feed", "add", again, code=2).stderr
    assert feeds_yaml(site).count("name: ") == 1


def test_no_feed_is_one_line_with_what_was_tried(site, server):
    """Each reason once, with the places that gave it."""
    server.replies = {"/app": Reply("<html><div id=app>")}

    found = site.run("feed", "add", f"{server.url}/app", code=2)

    said = (
        f"no feed was found at {server.url}/app: this is an HTML page, not a feed; tried as well: /app/feed.xml, /app"
    )
    assert said in found.stderr
    assert found.stderr.count("HTTP 404") == found.stderr.count("\n") == 1


def test_O14_G09_secrets_of_an_address_are_shown_nowhere(site, server):
    """They go to db/secrets.env, which is ours alone; feeds.yaml and every output have a name or *** in their place."""
    server.replies[f"/feed.xml?apikey={SECRET}"] = Reply(ONE)
    address = f"{server.url.replace('//', f'//ann:{SECRET}@')}/feed.xml?apikey={SECRET}"
    said = [site.run("feed", "add", address, "--name", "blog"), site.run("feed", "add", address, code=2)]
    del server.replies["/feed.xml"], server.replies["/"]
    said += [site.run("-v", "poll"), site.run("feed", "list"), site.run("feed", "list", "--json"), site.run("status")]
    said += [
        site.run("feed", "check"),
        site.run("feed", "export", "-"),
        site.run("feed", "add", f"{address}&x=1", code=2),
    ]
    kept = site.folder / "db" / "secrets.env"
    said.append(site.run("feed", "remove", "blog"))

    assert "ann:***@" in said[0].stdout
    assert server.requests[-1][1]["authorization"].startswith("Basic ")
    assert (kept.read_text(), stat.S_IMODE(kept.stat().st_mode)) == (f"BLOG_SECRET={SECRET}\n", 0o600)
    assert SECRET not in feeds_yaml(site) + "".join(found.output for found in said)
    others = [file for file in site.folder.rglob("*") if file.is_file() and file != kept]
    assert not [file for file in others if SECRET.encode() in file.read_bytes()]


def test_a_redirect_cannot_name_a_secret_of_ours(site, server):
    """`$NAME` in what a server says is text: it would be sent to that server at the next visit."""
    server.replies["/x"] = Reply(b"", 301, {"Location": "/y?k=$HOME"})
    server.replies["/y?k=$HOME"] = Reply(ONE)

    site.run("feed", "add", f"{server.url}/x")

    assert "/y?k=%24HOME" in feeds_yaml(site)


def test_I14_a_feed_that_comes_back_has_its_stories(site, server):
    """Removed, it is not polled and its stories stay; added again, it has its name back and nothing is new."""
    site.run("feed", "add", server.url, "--name", "blog", "--backlog", "all")
    site.run("poll")
    site.run("annotate", "1", "--text", "Why")

    assert "blog is not polled any more; its 2 stories stay" in site.run("feed", "remove", "blog").stderr
    assert (site.json("feed", "list"), len(site.json("list", "--all"))) == ([], 2)
    assert "its stories are still here" in site.run("feed", "add", server.url).stderr
    assert site.run("poll", "--force").stdout == ""
    assert [(feed["name"], feed["stories"]) for feed in site.json("feed", "list")] == [("blog", 2)]
    assert site.json("show", "1")[0]["notes"] == {"zh-CN": "Why"}


def test_a_pause_ends_by_its_day_or_by_hand(site, server):
    """Until then not even --force goes there; a day that is over is refused."""
    site.run("feed", "add", server.url, "--name", "blog")
    site.run("feed", "pause", "blog", "--until", "2019-12-24")
    server.requests.clear()
    site.run("poll", "--force")

    assert (server.requests, site.json("feed", "list")[0]["state"]) == ([], "paused")
    assert "lies ahead" in site.run("feed", "pause", "blog", "--until", "2019-12-09", code=2).stderr
    site.run("feed", "resume", "blog")
    assert site.run("poll").stderr.startswith("1 of 1 feeds visited")


def test_L08_a_feed_that_was_gone_is_resumed(site, server):
    """410 stops it, and resume lets it be asked again."""
    site.run("feed", "add", server.url, "--name", "blog")
    server.replies["/feed.xml"] = Reply(b"", 410)
    site.run("poll", code=1)
    server.replies["/feed.xml"] = Reply(ONE)

    assert site.json("feed", "check", code=1)[0]["verdict"] == "gone"
    site.run("feed", "resume", "blog")
    assert site.run("feed", "check").stdout.split()[:2] == ["blog", "ok"]


def test_a_move_is_accepted_and_keeps_the_history(site, server):
    """The proposed address gets into feeds.yaml, the stories stay; without a proposal there is nothing to accept."""
    site.run("feed", "add", server.url, "--name", "blog", "--backlog", "all")
    assert "blog has not moved" in site.run("feed", "move", "blog", code=2).stderr
    server.replies |= {"/feed.xml": Reply(b"", 301, {"Location": "/new.xml"}), "/new.xml": Reply(ONE)}
    site.run("poll")

    site.run("feed", "move", "blog")

    assert f"{server.url}/new.xml" in feeds_yaml(site)
    assert site.run("poll", "--force").stdout == ""
    assert [(feed["url"], feed["state"], feed["stories"]) for feed in site.json("feed", "list")] == [
        (f"{server.url}/new.xml", "ok", 2)
    ]


NAMING = [["remove"], ["resume"], ["move"], ["ack"], ["check"], ["pause", "--until", "2020-01-01"]]


@pytest.mark.parametrize("command", NAMING, ids=lambda command: command[0])
def test_an_unknown_feed_names_the_nearest(site, server, command):
    """Whatever is to be done with it; exit 2."""
    site.run("feed", "add", server.url, "--name", "blog")

    assert "there is no feed 'blgo'; did you mean blog?" in site.run("feed", *command, "blgo", code=2).stderr


def test_ack_is_remembered(site, server):
    """What was wrong by then is known."""
    site.run("feed", "add", server.url, "--name", "blog")
    site.run("feed", "ack", "blog")

    assert site.json("status")[0]["acknowledged"] == "2019-12-10T10:00:00Z"


def test_what_is_removed_says_how_to_have_it_back(weekly, server):
    """With its section and tags, and the names of its secrets, never the secrets; a hub is a folder, not a file."""
    weekly.write(
        f"  - {{name: a, url: 'https://ann:$PASSWORD@a.example/', section: up/Kubernetes, tags: [x]}}\n"
        f"  - {{name: b, url: '{server.url}/?key=s3cr3t'}}"
    )

    named, clear = (weekly.run("feed", "remove", name).stderr.splitlines()[-1] for name in "ab")

    assert named.endswith(
        "feedhub feed add 'https://ann:$PASSWORD@a.example/' --name a --section 'upstream/Kubernetes' --tag x"
    )
    assert clear.endswith("/?key=***' --name b")
    assert "is a file" in weekly.process("--hub", str(weekly.folder / "feeds.yaml"), "poll").stderr
