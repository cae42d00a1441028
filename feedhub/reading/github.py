"""GitHub's REST API: searches of issues and pull requests, and the releases of a repository.

Facts are from docs.github.com/rest: search (100 results a page, 1,000 in all), releases, pagination by the Link
header, and what an answer without a result means. Nothing here connects to anything.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

from feedhub.errors import ReadingError
from feedhub.model.feed import FeedState, Request, Response
from feedhub.text.addresses import is_same_server

if TYPE_CHECKING:
    from feedhub.model.document import Document, Entry, Person

MOST_REQUESTS = 10
"""In one poll: ten pages are all that a search gives."""
_VERSION = "2022-11-28"
_PER_PAGE = "100"
_BEHIND = timedelta(hours=6)
"""What the index of a search may be behind of what happens, and what it may leave out when it is busy."""
_LONGEST_BODY = 20_000
"""What is longer is a log that somebody pasted."""
_MOST_WORK_OF_ONE = 250_000
_MOST_WORK = 600_000
"""Of a hundred bodies in one answer: a hundred as people write them, and less time than a reader has."""
_RELEASES = re.compile(r"/repos/([^/]+/[^/]+)/releases/?|/repositories/\d+/releases/?")
_FEED_OF_RELEASES = re.compile(r"/([^/]+/[^/]+)/releases\.atom")
_NEXT = re.compile(r'<([^<>]*)>[^<>,]*;\s*rel="?next"?(?=\s*[,;]|\s*$)')
_REASONS = {
    401: "GitHub does not know its token",
    403: "GitHub does not let us see it; a token may help",
    404: "GitHub has nothing there, or nothing that its token may see",
    422: "GitHub does not understand its query, or may not look where that leads",
}


def first(state: FeedState, now: datetime, after: float = 0.0) -> Request:
    """Return the request for a search or a list of releases; it is to start so many seconds after the poll.

    A search is restricted to what was updated since the last visit, by whole days: for a day its address stays the
    same, and a quiet hour is one request. Validators go along while the address is the one that they were given for,
    the token while it is on the server that feeds.yaml names: where it has moved to may be anybody's.
    """
    params = {"per_page": _PER_PAGE}
    goes_on = True
    if state.feed.query is not None:
        day, goes_on = _since(state, now)
        dated = "updated:" in state.feed.query or day is None
        params |= {"q": state.feed.query if dated else f"{state.feed.query} updated:>={day}"}
        params |= {"sort": "updated", "order": "desc"}
    at_home = state.used_url is None or is_same_server(state.feed.url, state.used_url)
    headers = list(headers_of(state.feed.token if at_home else None))
    if goes_on:
        headers += state.validators.headers
    return Request(_with(state.address, params), tuple(headers), after)


def releases(base: str, page: str, token: str | None) -> Request | None:
    """Return the request for the releases beyond what a feed of releases holds; None for an address of another kind.

    `base` is where the API is: GitHub's own, or that of an Enterprise server, which is on the same host as its feeds.

    >>> releases("https://api.github.com", "https://github.com/wagoodman/dive/releases.atom", None).url
    'https://api.github.com/repos/wagoodman/dive/releases?per_page=100'
    """
    api, feed = urlsplit(base), urlsplit(page)
    host = "github.com" if api.netloc == "api.github.com" else api.netloc
    found = _FEED_OF_RELEASES.fullmatch(feed.path)
    if not found or feed.netloc.removeprefix("www.") != host:
        return None
    return Request(f"{base.rstrip('/')}/repos/{found[1]}/releases?per_page={_PER_PAGE}", headers_of(token))


def read(response: Response) -> "tuple[Document, Request | None]":
    """Read a page of results or releases, and return what brings the next one; raise ReadingError when it is neither.

    The request has no token yet: who sends it knows it.
    """
    from feedhub.model.document import Document, Head
    from feedhub.reading import values

    found = values.json_of(response.body)
    url = _next(response)
    further = Request(url, headers_of(None)) if url and is_same_server(response.url, url) else None
    is_cut = url is not None and further is None
    if isinstance(found, list):
        told = [each for each in found if isinstance(each, dict) and not each.get("draft")]
        entries = [_release(each, content) for each, content in zip(told, _contents(told), strict=True)]
        return Document(Head(title=_repository(response.url), incomplete=is_cut), tuple(entries), "github"), further
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise ReadingError("this is no answer of GitHub's search, and no list of releases")
    query = " ".join(parse_qs(urlsplit(response.url).query).get("q", ()))
    told = [each for each in found["items"] if isinstance(each, dict)]
    items = [_issue(each, query, content) for each, content in zip(told, _contents(told), strict=True)]
    incomplete = is_cut or found.get("incomplete_results") is True
    return Document(Head(title=_title(query), partial=True, incomplete=incomplete), tuple(items), "github"), further


def refusal(response: Response) -> str:
    """Return what an answer without a result means, for a person who can do something about it."""
    if "retry-after" in response.headers or response.headers.get("x-ratelimit-remaining") == "0":
        return "GitHub's rate limit is used up; with a token it is larger"
    return _REASONS.get(response.status, "")


def query_of(page: str) -> str | None:
    """Return the search for what a page of GitHub lists, which has no feed: pull requests, or issues.

    >>> query_of("https://github.com/knative/serving/pulls")
    'repo:knative/serving is:pr is:merged'
    """
    found = re.fullmatch(r"https?://github\.com/([^/]+/[^/]+)/(pulls|issues)/?", page.partition("?")[0])
    return found and f"repo:{found[1]} {'is:pr is:merged' if found[2] == 'pulls' else 'is:issue'}"


def _since(state: FeedState, now: datetime) -> tuple[str | None, bool]:
    """Return from which day on something must have been updated, and whether that goes on from the last visit.

    After failures, or when an editor had it visited again, it is not known which visit was the last good one; the
    last that brought news was.
    """
    if state.known_since is None or state.news_at is None:
        days = state.feed.backlog
        return None if days is None else f"{now - timedelta(days=days):%Y-%m-%d}", False
    goes_on = not state.failures and state.poll_after is not None and state.checked is not None
    last = state.checked if goes_on and state.checked else state.news_at
    return f"{last - _BEHIND:%Y-%m-%d}", goes_on


def headers_of(token: str | None) -> tuple[tuple[str, str], ...]:
    """Return what every request to the API says."""
    headers = (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", _VERSION))
    return (*headers, ("Authorization", f"Bearer {token}")) if token else headers


def _with(address: str, params: dict[str, str]) -> str:
    """Return an address with these parameters, in place of those that it has of the same names."""
    parts = urlsplit(address)
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in params]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode(params, quote_via=quote)])))


def _next(response: Response) -> str | None:
    """Return where the next page is, by the Link header (RFC 8288)."""
    found = _NEXT.search(response.headers.get("link", ""))
    return found and found[1]


def _issue(found: dict[str, Any], query: str, content: str | None) -> "Entry":
    """Return an issue or a pull request. When it was updated is left out: every comment on it is an update."""
    from feedhub.model.document import Entry
    from feedhub.reading import dates, values

    pull = values.mapping(found.get("pull_request"))
    merged, closed = dates.moment(pull.get("merged_at")), dates.moment(found.get("closed_at"))
    created = dates.moment(found.get("created_at"))
    link = values.address(found.get("html_url"), None)
    return Entry(
        id=link,
        title=values.text(found.get("title")),
        link=link,
        authors=_people(found.get("user")),
        published=_news(query, merged, closed) or created,
        content=content,
        categories=_labels(found.get("labels")),
        status="merged" if merged else values.text(found.get("state"), 40),
    )


def _news(query: str, merged: datetime | None, closed: datetime | None) -> datetime | None:
    """Return the time of what a query asks for: that it was merged, or closed; None where it does not say."""
    if re.search(r"(?<!-)\b(?:is:merged|merged:)", query):
        return merged or closed
    return closed if re.search(r"(?<!-)\b(?:is:closed|state:closed|closed:|is:unmerged)", query) else None


def _release(found: dict[str, Any], content: str | None) -> "Entry":
    """Return a release, with the link that the feed of releases has for it."""
    from feedhub.model.document import Entry
    from feedhub.reading import dates, values

    link = values.address(found.get("html_url"), None)
    return Entry(
        id=link,
        title=values.text(found.get("name")) or values.text(found.get("tag_name")),
        link=link,
        authors=_people(found.get("author")),
        published=dates.moment(found.get("published_at")) or dates.moment(found.get("created_at")),
        content=content,
        status="prerelease" if found.get("prerelease") is True else "released",
    )


def _people(found: object) -> "tuple[Person, ...]":
    from feedhub.model.document import Person
    from feedhub.reading import values

    one = values.mapping(found)
    name = values.text(one.get("login"))
    return (Person(name, values.address(one.get("html_url"), None)),) if name else ()


def _labels(found: object) -> "tuple[Any, ...]":
    from feedhub.model.document import Category
    from feedhub.reading import values

    labels = found[: values.MOST_OF_A_KIND] if isinstance(found, list) else []
    names = (values.text(values.mapping(each).get("name") if isinstance(each, dict) else each) for each in labels)
    return tuple(Category(name) for name in names if name)


def _contents(found: Sequence[dict[str, Any]]) -> list[str | None]:
    """Return the HTML of the bodies of an answer; those that cost too much, and all when it was spent, as plain text.

    Anybody may open a pull request: one that is slow to read must not silence all others of its search.
    """
    from feedhub.reading import values
    from feedhub.text.markup import paragraphs, upstream_html

    left = _MOST_WORK
    contents: list[str | None] = []
    for one in found:
        body = one.get("body")
        if not isinstance(body, str):
            contents.append(None)
            continue
        body = body[:_LONGEST_BODY]
        work = _work(body)
        is_read = work <= min(left, _MOST_WORK_OF_ONE)
        left -= work if is_read else 0
        contents.append(values.html(upstream_html(body) if is_read else paragraphs(body)))
    return contents


def _work(markdown: str) -> int:
    """Return how much Markdown takes to read, in what a character of prose takes or less: up to 3 µs.

    Brackets are looked for again and again, and each line below a table is a row with all of its cells.
    """
    lines = markdown.count("\n") + 1
    columns = max(line.count("|") for line in markdown.split("\n"))
    return len(markdown) + 20 * (lines + markdown.count("*")) + 100 * markdown.count("[") + 10 * lines * columns


def _title(query: str) -> str:
    """Return what readers may call a search: the repositories that it looks into."""
    from feedhub.reading import values

    looked_into = re.findall(r"(?<!\S)(?:repo|org|user):(\S+)", query)
    return values.text(f"{', '.join(looked_into[:3])} on GitHub") or "GitHub" if looked_into else "GitHub"


def _repository(url: str) -> str | None:
    found = _RELEASES.search(urlsplit(url).path)
    return f"Releases of {found[1]}" if found and found[1] else None
