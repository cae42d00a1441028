"""GitHub's token goes to the server that feeds.yaml names, whatever that server says of others."""

import json

import pytest
from conftest import Reply, Server
from github import release
from polling import HOUR, Here

from feedhub.pollers import feeds

TOKEN = "ghp_s3cr3t"
LIST = "/repos/a/b/releases?per_page=100"
BODY = json.dumps([release(1, html_url="https://github.com/a/b/releases/tag/v1.1.0")])
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><id>a</id><title>Releases</title><updated>2019-12-09T00:00:00Z</updated>
{}</feed>"""
ENTRY = """<entry><id>tag:{0}</id><title>v{0}</title><updated>2019-12-09T00:00:00Z</updated>
<link href="https://github.com/a/b/releases/tag/v{0}"/></entry>"""


@pytest.fixture
def stranger():
    """A server that nobody named."""
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


@pytest.fixture
def poll(weekly, server, stranger, monkeypatch):
    """A function that polls one feed of the server, as YAML has it, so many times, an hour apart."""
    monkeypatch.setattr(feeds, "Readers", Here)

    def poll(feed, times=1):
        network = (
            f"network: {{allow: ['{server.host}', '{stranger.host}'], github: '{server.url}', github_token: $T}}\n"
        )
        weekly.write(f"  - {{name: one, {feed}}}\n", network)
        for _ in range(times):
            weekly.run("poll", "--force", T=TOKEN, code=0)
            weekly.now += HOUR

    return poll


def tokens(server: Server, path: str = "") -> list[str | None]:
    """Return what a server was sent as Authorization, of paths that begin so."""
    return [headers.get("authorization") for asked, headers in server.requests if asked.startswith(path)]


@pytest.mark.parametrize("status", [302, 301])
def test_G09_a_redirect_to_another_server_takes_no_token_along(server, stranger, poll, status):
    """Neither at once, nor for the pages that follow there, nor when it has moved there for good."""
    server.replies[LIST] = Reply("", status, {"Location": f"{stranger.url}/r"})
    page = Reply(BODY, headers={"Link": f'<{stranger.url}/r2>; rel="next"'})
    stranger.replies |= {"/r": page, "/r?per_page=100": page, "/r2": Reply(BODY)}

    poll(f"kind: github, url: '{server.url}/repos/a/b/releases'", 6)

    paths = [path for path, _ in stranger.requests]
    assert "/r2" in paths
    assert ("/r?per_page=100" in paths) == (status == 301)
    assert set(tokens(stranger)) == {None}
    assert set(tokens(server)) == {f"Bearer {TOKEN}"}


def test_G09_filling_a_gap_takes_no_token_along(server, stranger, poll):
    """The releases that a window lost are asked for at the API, with the token; what leads elsewhere is without it."""
    page = Reply(BODY, headers={"Link": f'<{stranger.url}/r2>; rel="next"'})
    server.replies[LIST] = Reply("", 302, {"Location": f"{stranger.url}/r"})
    stranger.replies |= {"/r": page, "/r2": Reply(BODY)}
    feed = f"url: '{server.url}/a/b/releases.atom', backlog: all"
    for first in (10, 30):
        entries = "".join(ENTRY.format(f"1.{number}.0") for number in range(first, first + 10))
        server.replies["/a/b/releases.atom"] = Reply(ATOM.format(entries))
        poll(feed)

    assert tokens(server, "/repos/") == [f"Bearer {TOKEN}"]
    assert [path for path, _ in stranger.requests] == ["/r", "/r2"]
    assert tokens(stranger) == [None, None]


def test_pages_of_its_own_server_are_asked_for_with_the_token(server, poll):
    server.replies[LIST] = Reply(BODY, headers={"Link": f'<{server.url}/repositories/1/releases?page=2>; rel="next"'})
    server.replies["/repositories/1/releases?page=2"] = Reply("[]")

    poll(f"kind: github, url: '{server.url}/repos/a/b/releases'")

    assert tokens(server) == [f"Bearer {TOKEN}"] * 2
