"""poll, feed and show with GitHub and calendars: from feeds.yaml to the desk, and what is sent to whom."""

import json
import re

import pytest
from conftest import HUB, Reply, Server
from github import DAY, REPO, GitHub, pull, release
from polling import Here
from test_ical import TUESDAY, calendar, event

from feedhub.pollers import checking, finding
from feedhub.pollers import feeds as pollers

TOKEN = "ghp_0123456789abcdefABCDEF"
QUERY = f"repo:{REPO} is:pr is:merged"


@pytest.fixture(autouse=True)
def _read_here(monkeypatch):
    for module in (finding, checking, pollers):
        monkeypatch.setattr(module, "Readers", Here)


@pytest.fixture
def github():
    """A GitHub that wants a token and has a merged pull request."""
    one = GitHub()
    one.token = TOKEN
    one.issues = [pull(88567, TUESDAY - DAY)]
    yield one
    one.http.shutdown()
    one.http.server_close()


@pytest.fixture
def desk(weekly, github):
    """A weekly that searches it."""
    weekly.write(
        f"  - {{name: prs, kind: github, query: '{QUERY}', section: up/Kubernetes}}",
        f"network: {{allow: ['{github.host}'], github: '{github.api}', github_token: $GITHUB_TOKEN}}\n",
    )
    return weekly


def keep(weekly, text: str) -> None:
    """Write db/secrets.env."""
    path = weekly.folder / "db" / "secrets.env"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def test_a_search_comes_to_the_desk(desk, github):
    """With the token from db/secrets.env; its entry says what became of it."""
    keep(desk, f"GITHUB_TOKEN={TOKEN}\n")

    polled = desk.run("poll")
    (story,) = desk.json("show", "1")

    assert polled.stdout == "prs: 1 new\n"
    assert github.header("authorization") == [f"Bearer {TOKEN}"]
    assert (story["link"], story["authors"]) == (f"https://github.com/{REPO}/pull/88567", ["ann"])
    assert story["entries"][0]["status"] == "merged"
    assert "merged" in desk.run("show", "1").stdout
    assert desk.json("status")[0]["next"] == "2019-12-10T10:54:00Z"


def test_G09_a_token_comes_from_the_environment_too(desk, github):
    """And before the file; a feed's own goes before that of all."""
    keep(desk, "GITHUB_TOKEN=old\nMINE=old\n")
    path = desk.folder / "feeds.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("section: up", "token: $MINE, section: up"), encoding="utf-8"
    )

    desk.run("poll", MINE=TOKEN)

    assert github.header("authorization") == [f"Bearer {TOKEN}"]


BAD = {"with a line end": f"{TOKEN}\nX-Evil: 1", "with a blank": f"{TOKEN} x", "empty": "", "of other letters": "tökén"}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_a_token_that_no_header_may_have_is_not_sent(desk, github, value):
    """It would say more than that."""
    found = desk.run("poll", code=1, GITHUB_TOKEN=value)

    assert "$GITHUB_TOKEN is empty, or has blanks or characters in it that no token has" in found.stderr
    assert github.requests == []


def test_O14_F15_a_token_goes_to_no_other_host(desk, github):
    """However it is led there: by a redirect, or by a Link to a next page; nor is the API's version its business."""
    other = Server()
    other.replies["/page"] = Reply(json.dumps({"items": []}))
    where = other.url.replace("127.0.0.1", "localhost")
    link = f'<{where}/page>; rel="next"'
    github._answer_api = lambda handler, *_: github._send(handler, 200, b'{"items": []}', {"Link": link})
    desk.write(
        f"  - {{name: prs, kind: github, query: '{QUERY}'}}\n"
        f"  - {{name: releases, kind: github, url: '{github.url}/moved/repos/a/b/releases'}}",
        f"network: {{allow: ['{github.host}', 'localhost:{other.http.server_port}'], github: '{github.api}', "
        "github_token: $GITHUB_TOKEN}\n",
    )
    github.replies["/moved/repos/a/b/releases?per_page=100"] = Reply(status=302, headers={"Location": f"{where}/page"})

    desk.run("poll", GITHUB_TOKEN=TOKEN)
    other.http.shutdown()
    other.http.server_close()

    assert {headers.get("authorization") for _, headers in github.requests} == {f"Bearer {TOKEN}"}
    assert [(path, headers.get("authorization")) for path, headers in other.requests] == [("/page", None)]
    assert "x-github-api-version" not in other.requests[0][1]


def test_O14_a_server_that_says_the_token_back_does_not_publish_it(desk, github):
    """It stands for itself in what is stored."""
    github.issues = [pull(1, body=f"Your token is {TOKEN}.", title=f"About {TOKEN}")]

    desk.run("poll", GITHUB_TOKEN=TOKEN)

    said = desk.run("show", "1", "--json", GITHUB_TOKEN=TOKEN).stdout
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert "About $GITHUB_TOKEN" in said
    assert TOKEN not in said
    assert [path for path in files if TOKEN.encode() in path.read_bytes()] == []


def test_G09_no_server_gets_a_secret_by_naming_it(desk, github):
    """In an ETag, or in the address of the next page: what a server says has no names of ours in it."""
    link = f'<{github.api}/search/issues?page=2&x=$GITHUB_TOKEN>; rel="next"'
    github.replies |= {
        "/first": Reply('{"items": []}', headers={"Link": link, "ETag": '"$GITHUB_TOKEN"'}),
        "/second": Reply('{"items": []}'),
    }

    def answer(handler, _, query):
        handler.path = "/second" if "x" in query else "/first"
        Server.answer(github, handler)

    github._answer_api = answer

    for _ in range(3):
        desk.run("poll", "--force", GITHUB_TOKEN=TOKEN)

    sent = [f"{path} {headers.get('if-none-match')}" for path, headers in github.requests]
    assert not [one for one in sent if TOKEN in one]
    assert any("%24GITHUB_TOKEN" in one for one in sent)
    assert '"$GITHUB_TOKEN"' in {headers.get("if-none-match") for _, headers in github.requests}


@pytest.mark.parametrize("token", [TOKEN, None], ids=["with a token", "without"])
def test_a_gap_is_filled_and_not_said(weekly, github, token):
    """The poll says how many came; without a token it goes as well."""
    github.token = token
    github.releases[REPO] = [release(number, TUESDAY) for number in range(9, -1, -1)]
    named = ", github_token: $GITHUB_TOKEN" if token else ""
    weekly.write(
        f"  - {{name: releases, url: '{github.url}/{REPO}/releases.atom'}}",
        f"network: {{allow: ['{github.host}'], github: '{github.api}'{named}}}\n",
    )
    weekly.run("poll", GITHUB_TOKEN=TOKEN)
    github.releases[REPO] = [release(number, TUESDAY) for number in range(25, 9, -1)] + github.releases[REPO]

    found = weekly.run("poll", "--force", "--json", GITHUB_TOKEN=TOKEN).stdout.splitlines()

    assert (json.loads(found[0])["new"], json.loads(found[0])["gap"]) == (16, False)
    assert weekly.json("status")[0]["gap"] is None
    assert github.header("authorization") == [token and f"Bearer {token}"]


CAL = calendar(
    event(1, TUESDAY - DAY, summary="Over"),
    event(2, TUESDAY + 20 * DAY, summary="KubeDay", location="Hall B\\, Example", status="TENTATIVE"),
    head="X-WR-CALNAME:Community days\n",
)


def test_a_calendar_is_added_polled_and_shown(weekly, server):
    """Whatever its address ends with, and however a browser is asked to open it; dates are in the newsletter's zone."""
    server.replies["/all.ics"] = Reply(CAL, headers={"Content-Type": "text/calendar; charset=UTF-8"})
    weekly.write(more=f"network: {{allow: ['{server.host}']}}\n")

    added = weekly.run("feed", "add", f"{server.url}/all.ics")
    again = weekly.run("feed", "add", f"{server.url}/all.ics", "--dry-run", code=2)
    weekly.run("poll")

    assert re.search(r"says +2 events \(ical\), 1 of them still to come\n +2019-12-30 +KubeDay\n", added.stdout)
    assert "is listed already, as community-days" in again.stderr
    text = (weekly.folder / "feeds.yaml").read_text(encoding="utf-8")
    assert f"  - name: community-days\n    kind: ical\n    url: {server.url}/all.ics\n" in text
    (story,) = weekly.json("list")
    assert "2019-12-30 18:00 to 2019-12-30 19:00, Hall B, Example, tentative" in weekly.run("show", "1").stdout
    shown = weekly.json("show", str(story["number"]))[0]["entries"][0]["event"]
    assert shown == {
        "starts": "2019-12-30T10:00:00Z",
        "ends": "2019-12-30T11:00:00Z",
        "place": "Hall B, Example",
        "status": "tentative",
    }
    assert weekly.run("poll", "--force").stdout == ""


def test_what_github_lists_has_a_search_and_no_feed(weekly):
    """Who adds the page of pull requests learns what to write; nobody is asked for it."""
    found = weekly.run("feed", "add", "https://github.com/kubernetes/kubernetes/pulls", code=2)

    assert "{name: NAME, kind: github, query: 'repo:kubernetes/kubernetes is:pr is:merged'}" in found.stderr


def test_check_looks_at_every_kind(desk, github):
    """A search and a calendar are as good as a feed; what is wrong is said as a poll says it."""
    keep(desk, f"GITHUB_TOKEN={TOKEN}\n")
    github.replies |= {"/all.ics": Reply(CAL), "/page": Reply("<!doctype html>")}
    text = (desk.folder / "feeds.yaml").read_text(encoding="utf-8")
    more = (
        f"  - {{name: cal, kind: ical, url: '{github.url}/all.ics'}}\n"
        f"  - {{name: page, kind: ical, url: '{github.url}/page'}}\n"
        "  - {name: wrong, kind: github, query: 'repo:a/b'}\n"
        f"  - {{name: listed, url: '{github.url}/all.ics'}}\n"
    )
    (desk.folder / "feeds.yaml").write_text(text.replace("network:", f"{more}network:"), encoding="utf-8")

    found = {one["name"]: one for one in desk.json("feed", "check", code=1)}

    assert {name: one["verdict"] for name, one in found.items()} == {
        "prs": "ok",
        "cal": "duplicate",
        "page": "dead",
        "wrong": "dead",
        "listed": "dead",
    }
    assert (found["prs"]["entries"], found["cal"]["entries"]) == (1, 2)
    assert "GitHub does not understand its query" in found["wrong"]["findings"][0]["says"]
    assert "kind: ical" in found["listed"]["findings"][0]["says"]


def test_a_search_that_is_removed_says_how_to_have_it_back(desk):
    """`feed add` would not know it."""
    assert "list it in feeds.yaml as it was" in desk.run("feed", "remove", "prs").stderr


def test_another_query_is_the_same_feed(desk, github):
    """Its stories stay; what was learned of the old search does not count for the new one."""
    desk.run("poll", GITHUB_TOKEN=TOKEN)
    text = (desk.folder / "feeds.yaml").read_text(encoding="utf-8")
    (desk.folder / "feeds.yaml").write_text(text.replace("is:merged", "is:closed"), encoding="utf-8")
    github.requests.clear()

    desk.run("poll", GITHUB_TOKEN=TOKEN)

    assert github.header("if-none-match") == [None]
    assert [feed["stories"] for feed in desk.json("feed", "list")] == [1]
    assert HUB in text
