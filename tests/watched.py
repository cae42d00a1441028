"""Publishing what is looked at again, and polling later: what the tests of watch say and ask."""

import json
from datetime import timedelta

from conftest import Reply

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
PULL = "https://github.com/kubernetes/kubernetes/pull/1"
API = "/repos/kubernetes/kubernetes/issues/1"


def page(text: str, **headers: str) -> Reply:
    body = f"<html><head><title>Scheduling</title></head><body><nav>Home</nav><article>{text}</article></body></html>"
    return Reply(body, headers={"Content-Type": "text/html", **headers})


def furnished(weekly, server):
    """Return a weekly whose API of GitHub is a loopback server, which has a page at /x as well."""
    server.replies["/x"] = page("<p>It binds first.</p><p>Then it waits.</p>")
    weekly.write(more=f"network: {{allow: ['{server.host}'], github: '{server.url}', per_host: 4}}\n")
    return weekly


def issue(state: str = "open", **said) -> Reply:
    return Reply(json.dumps({"state": state, "title": "A pull request", "body": "What it does.", **said}))


def publish(weekly, *links: str, note: str = "值得一读") -> None:
    """Publish an issue with these links, and have the next poll see how they are."""
    for link in links:
        weekly.run(
            "add", link, "--title", f"About {link[-9:]}", "--no-fetch", "--section", "up", "--note", note, "--pick"
        )
    weekly.run("publish")
    assert told(weekly) == []


def told(weekly, *options: str, **later: float) -> list[tuple[str, int]]:
    """Poll so much later; return the kinds of what was told, and of which stories."""
    weekly.now += timedelta(**later)
    return [(one["kind"], one["story"]) for one in weekly.json("poll", *options) if "kind" in one]


def asked(server) -> list[str]:
    paths = [path for path, _ in server.requests]
    server.requests.clear()
    return paths
