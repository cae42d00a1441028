"""GitHub on loopback, as docs.github.com/rest describes it: searches, releases, their feed, limits and refusals."""

import hashlib
import json
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from xml.sax.saxutils import escape

from conftest import TUESDAY, Server

DAY = timedelta(days=1)
REPO = "kubernetes/kubernetes"
_MOST_FOUND = 1_000


def stamp(time: datetime) -> str:
    """Return a time as GitHub writes it."""
    return f"{time:%Y-%m-%dT%H:%M:%SZ}"


def pull(number: int, updated: datetime = TUESDAY, *, merged: datetime | None = None, **said: Any) -> dict[str, Any]:
    """Return a pull request as a search gives it: merged when it was updated, unless said otherwise."""
    merged = merged or updated
    url = f"https://github.com/{said.pop('repo', REPO)}/pull/{number}"
    return {
        "html_url": url,
        "number": number,
        "title": f"Pull {number}",
        "state": "closed",
        "user": {"login": "ann", "html_url": "https://github.com/ann"},
        "labels": [{"name": "kind/feature"}],
        "created_at": stamp(merged - 30 * DAY),
        "updated_at": stamp(updated),
        "closed_at": stamp(merged),
        "body": f"What pull {number} does.",
        "pull_request": {"html_url": url, "merged_at": stamp(merged)},
        **said,
    }


def release(number: int, at: datetime = TUESDAY, **said: Any) -> dict[str, Any]:
    """Return a release as the API lists it; without an address, which depends on where it is asked for."""
    return {
        "tag_name": f"v1.{number}.0",
        "name": f"v1.{number}.0",
        "draft": False,
        "prerelease": False,
        "created_at": stamp(at),
        "published_at": stamp(at),
        "author": {"login": "ann", "html_url": "https://github.com/ann"},
        "body": f"What release {number} brings.",
        **said,
    }


class GitHub(Server):
    """GitHub: what it has, and what it refuses. `asked` are the API's addresses that were asked for, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.api = f"{self.url}/api/v3"
        self.issues: list[dict[str, Any]] = []
        self.releases: dict[str, list[dict[str, Any]]] = {}
        self.token: str | None = None
        self.now = TUESDAY
        self.remaining = 60
        self.filled_after = timedelta(minutes=15)
        self.incomplete = False
        self.broken: set[int] = set()
        """The pages that end with a 502, as happens when GitHub is busy."""

    @property
    def asked(self) -> list[str]:
        """What was asked of the API."""
        return [path.removeprefix("/api/v3") for path, _ in self.requests if path.startswith("/api/v3")]

    def header(self, name: str) -> list[str | None]:
        """Return a header of each request that the API was sent."""
        return [headers.get(name) for path, headers in self.requests if path.startswith("/api/v3")]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer as GitHub does."""
        parts = urlsplit(handler.path)
        if parts.path.endswith("/releases.atom"):
            self._send(handler, 200, self._feed(parts.path[1:].removesuffix("/releases.atom")).encode())
        elif parts.path.startswith("/api/v3/"):
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._answer_api(handler, parts.path.removeprefix("/api/v3"), query)
        else:
            super().answer(handler)

    def _answer_api(self, handler: BaseHTTPRequestHandler, path: str, query: dict[str, str]) -> None:
        refused = self._refused(handler, query)
        if refused:
            self._send(handler, refused, b'{"message": "no"}')
            return
        found = self._search(query) if path == "/search/issues" else self._listed(path)
        if isinstance(found, int):
            self._send(handler, found, b'{"message": "no"}')
            return
        size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
        if path == "/search/issues" and page * size > _MOST_FOUND:
            self._send(handler, 422, b'{"message": "Only the first 1000 search results are available"}')
            return
        part = found[(page - 1) * size : page * size]
        body: Any = part
        if path == "/search/issues":
            body = {"total_count": len(found), "incomplete_results": self.incomplete, "items": part}
        links = {"next": page + 1, "last": -(-len(found) // size)} if page * size < len(found) else {}
        where = {name: f"{self.api}{path}?{urlencode(query | {'page': str(at)})}" for name, at in links.items()}
        link = ", ".join(f'<{url}>; rel="{name}"' for name, url in where.items())
        self._send(handler, 200, json.dumps(body).encode(), {"Link": link} if link else {})

    def _refused(self, handler: BaseHTTPRequestHandler, query: dict[str, str]) -> int | None:
        """Return the status of a refusal; None for a request as the documentation wants it."""
        sent = handler.headers
        if not sent.get("User-Agent") or sent.get("Accept") != "application/vnd.github+json":
            return 403
        if sent.get("X-GitHub-Api-Version") != "2022-11-28":
            return 400
        if self.token and sent.get("Authorization") != f"Bearer {self.token}":
            return 401
        if int(query.get("page", "1")) in self.broken:
            return 502
        if self.remaining <= 0:
            return 403
        self.remaining -= 1
        return None

    def _search(self, query: dict[str, str]) -> list[dict[str, Any]] | int:
        """Return what a search finds; 422 where it has a qualifier that this server does not know."""
        assert (query["sort"], query["order"]) == ("updated", "desc")
        words = query["q"].split()
        if not {"is:pr", "is:issue"} & set(words):
            return 422
        try:
            found = [issue for issue in self.issues if all(_fits(issue, word) for word in words)]
        except KeyError:
            return 422
        return sorted(found, key=lambda issue: str(issue["updated_at"]), reverse=True)

    def _listed(self, path: str) -> list[dict[str, Any]] | int:
        repo = path.removeprefix("/repos/").removesuffix("/releases")
        if repo not in self.releases:
            return 404
        return [{**each, "html_url": self._page(repo, each)} for each in self.releases[repo]]

    def _page(self, repo: str, one: dict[str, Any]) -> str:
        return f"https://github.com/{repo}/releases/tag/{one['tag_name']}"

    def _feed(self, repo: str) -> str:
        """Return the feed of releases: ten of them, without a date of publication."""
        entries = "".join(
            f"<entry><id>tag:github.com,2008:Repository/1/{one['tag_name']}</id><updated>{one['created_at']}</updated>"
            f'<link rel="alternate" href="{self._page(repo, one)}"/><title>{one["name"]}</title>'
            f'<content type="html">{escape("<p>" + one["body"] + "</p>")}</content></entry>'
            for one in self.releases[repo][:10]
        )
        head = f"<id>tag:github.com,2008:{repo}</id><title>Release notes</title><updated>{stamp(self.now)}</updated>"
        return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, more: dict[str, str] | None = None
    ) -> None:
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        reset = int((self.now + self.filled_after).timestamp())
        headers = {"X-RateLimit-Remaining": str(self.remaining), "X-RateLimit-Reset": str(reset), **(more or {})}
        if status == 200:
            headers["ETag"] = etag
            status, body = (304, b"") if handler.headers.get("If-None-Match") == etag else (200, body)
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


def _fits(issue: dict[str, Any], word: str) -> bool:
    """Tell whether an issue has what a word of a query asks for; KeyError for a qualifier that there is not."""
    name, colon, value = word.partition(":")
    if not colon:
        return word.lower() in issue["title"].lower()
    is_pull = "pull_request" in issue
    if name == "is":
        merged = is_pull and issue["pull_request"].get("merged_at") is not None
        return {"pr": is_pull, "issue": not is_pull, "merged": merged}.get(value, issue["state"] == value)
    return {
        "repo": lambda: issue["html_url"].startswith(f"https://github.com/{value}/"),
        "label": lambda: bool({label["name"] for label in issue["labels"]} & set(value.split(","))),
        "updated": lambda: issue["updated_at"][:10] >= value.removeprefix(">="),
    }[name]()
