"""Checks G09 and O14: what stands in an address and is nobody's business gets into no output, log, list or database."""

import base64

import pytest
from click.testing import CliRunner
from conftest import HUB, Reply, Weekly, item, rss

from feedhub.cli import cli

SECRET, PRIVATE = "s3cr3t-of-the-feed", "pr1vate-remark"
APART = ("feeds.yaml", "secrets.env")


@pytest.fixture
def locked(weekly, server) -> Weekly:
    """A weekly whose feeds need passwords and keys: good, missing, moved, leading out, a page."""
    host = server.host
    server.replies |= {
        "/good": Reply(rss(item(1, "One"), item(2, "Two"))),
        f"/keyed?apikey={SECRET}": Reply(rss(item(3, "Three"))),
        f"/named?token={SECRET}": Reply(rss(item(4, "Four"))),
        f"/moved?apikey={SECRET}": Reply("", 301, {"Location": f"http://ann:{SECRET}@{host}/good?token={SECRET}"}),
        f"/good?token={SECRET}": Reply(rss(item(5, "Five"))),
        f"/out?sig={SECRET}": Reply("", 302, {"Location": f"ftp://ann:{SECRET}@{host}/?key={SECRET}"}),
        f"/page?key={SECRET}": Reply(f"<!doctype html><a href='?key={SECRET}'>Log in</a>"),
    }
    urls = {
        "user": f"http://ann:{SECRET}@{host}/good",
        "keyed": f"http://{host}/keyed?apikey={SECRET}",
        "named": f"http://{host}/named?token=$FEED_TOKEN",
        "missing": f"http://ann:{SECRET}@{host}/missing?access_token={SECRET}",
        "moved": f"http://{host}/moved?apikey={SECRET}",
        "out": f"http://{host}/out?sig={SECRET}",
        "page": f"http://{host}/page?key={SECRET}",
    }
    github = "  - {name: prs, kind: github, query: 'is:pr', token: $GITHUB_TOKEN, section: 业界要闻}"
    feeds = "\n".join(f"  - {{name: {name}, url: '{url}', section: 业界要闻}}" for name, url in urls.items())
    network = f"network: {{allow: ['{host}'], github: 'http://{host}/api', github_token: $GITHUB_TOKEN}}\n"
    weekly.write(f"{feeds}\n{github}", network, HUB)
    (weekly.folder / "db").mkdir()
    (weekly.folder / "db/secrets.env").write_text(f"FEED_TOKEN={SECRET}\nGITHUB_TOKEN={SECRET}\n")
    (weekly.folder / "db/secrets.env").chmod(0o600)
    return weekly


VERBS = (
    "poll --json", "-v poll --force", "poll --force --quiet --metrics metrics.prom", "status", "status --json",
    "-v status", "list --all", "list --all --json", "show 1", "show 1 --json", "search One", "annotate 1 --text Read.",
    f"annotate 2 --private --text {PRIVATE}", "pick 1 2 3", "undo", "redo", "log", "log --json", "publish --dry-run",
    "publish", "feed list", "feed list --json", "feed check", "feed export -", "feed export out.opml",
    "feed pause keyed --until 2020-01-01", "feed resume keyed", "feed ack missing", "feed move moved",
    "feed remove out", "poll --force --json", "status --json",
)  # fmt: skip


def test_G09_O14_no_verb_shows_or_writes_a_secret(locked, server, monkeypatch):
    """Whether it goes well or not; the servers were given what they wanted, so the secrets were there to be shown."""
    monkeypatch.chdir(locked.folder)
    said = ""
    for verb in VERBS:
        found = CliRunner().invoke(
            cli, verb.split(), env={"FEEDHUB_NOW": locked.now.isoformat(), "FEEDHUB_EDITOR": "ed1"}
        )
        assert isinstance(found.exception, SystemExit | None), verb
        assert found.exit_code in (0, 1), f"{verb} ended with {found.exit_code}: {found.stderr}"
        said += found.stdout + found.stderr

    given = {headers.get("authorization") for _, headers in server.requests}
    paths = {path for path, _ in server.requests}
    assert f"Basic {base64.b64encode(f'ann:{SECRET}'.encode()).decode()}" in given
    assert f"Bearer {SECRET}" in given
    assert paths >= {f"/named?token={SECRET}", f"/keyed?apikey={SECRET}", f"/good?token={SECRET}"}
    assert "***" in said or "$" in said
    files = [path for path in locked.folder.rglob("*") if path.is_file() and path.name not in APART]
    assert SECRET not in said
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
    published = [path for path in files if "output" in path.parts]
    assert len(published) > 2
    assert [path for path in published if PRIVATE.encode() in path.read_bytes()] == []


def test_G06_secrets_that_others_may_read_are_refused(locked, server):
    """Exit 2, and the file is named; nobody is visited."""
    (locked.folder / "db/secrets.env").chmod(0o644)

    assert "secrets.env" in locked.run("poll", code=2).stderr
    assert server.requests == []


def test_G09_a_name_that_stands_for_nothing_fails_its_feed_only(locked, server):
    """It is named; the other feeds are visited."""
    (locked.folder / "db/secrets.env").unlink()

    polls = {one.get("name"): one for one in locked.json("poll", code=1)}

    assert "$FEED_TOKEN" in polls["named"]["error"]
    assert "$GITHUB_TOKEN" in polls["prs"]["error"]
    assert polls["user"]["outcome"] == "fetched"
