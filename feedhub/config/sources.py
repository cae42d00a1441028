"""What feeds.yaml says of a feed by its kind: where GitHub is searched, with which token, which keys go together."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from feedhub.model.feed import Feed
from feedhub.model.hub import Network
from feedhub.text.addresses import is_same_server

_RELEASES = re.compile(r"/(?:repos/[^/]+/[^/]+|repositories/\d+)/releases/?$")


def address(found: Mapping[str, Any], network: Network) -> str:
    """Return where a feed is. A search is at the address that it has in the API, so that no other feed is there."""
    if found.get("kind") != "github" or "query" not in found:
        return str(found.get("url", ""))
    base = str(found.get("url", network.github)).rstrip("/")
    return f"{base}/search/issues?q={quote(found['query'], safe='')}"


def token(found: Mapping[str, Any], network: Network) -> str | None:
    """Return the $NAME of what a feed is asked with: its own, else that of network, which only its own host gets."""
    if found.get("kind") != "github":
        return None
    at_home = "url" not in found or is_same_server(network.github, found["url"])
    return found.get("token") or (network.github_token if at_home else None)


def problem(feed: Feed, found: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the key of a feed that does not go with its kind, and what is wrong; "" is the feed itself."""
    if feed.kind != "github":
        other = next((key for key in ("query", "token") if key in found), None)
        if other:
            return other, f"{other} is for feeds of kind github; feed {feed.name} is of kind {feed.kind}"
        return None if feed.url else ("", f"feed {feed.name} needs a url")
    if not feed.url:
        return "", f"feed {feed.name} is of kind github: it needs a query, or the url of a repository's releases"
    if feed.query is None and not _RELEASES.search(urlsplit(feed.url).path):
        return "url", "this is no list of releases, such as https://api.github.com/repos/OWNER/REPO/releases"
    return None
