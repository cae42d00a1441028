"""GitHub's API, read: what is asked for, and what an answer says."""

import json
import time
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import TUESDAY
from github import DAY, pull, release, stamp
from hypothesis import example, given
from hypothesis import strategies as st

from feedhub.errors import ReadingError
from feedhub.model.document import Category, Entry, Head, Person
from feedhub.model.feed import Feed, FeedState, Request, Response, Validators
from feedhub.reading import github

HOUR = timedelta(hours=1)
QUERY = "repo:a/b is:pr is:merged"
SEARCH = "https://api.github.com/search/issues?q=repo%3Aa%2Fb%20is%3Apr%20is%3Amerged"
RELEASES = "https://api.github.com/repos/a/b/releases"
FEED = Feed("prs", SEARCH, kind="github", query=QUERY)
KNOWN = FeedState(
    1, FEED, known_since=TUESDAY - 9 * DAY, news_at=TUESDAY - 3 * DAY, checked=TUESDAY - HOUR, poll_after=TUESDAY,
    validators=Validators('W/"1"', "Tue, 10 Dec 2019 09:00:00 GMT"),
)  # fmt: skip


def asked_for(state: FeedState) -> dict[str, str]:
    """Return the parameters of the first request."""
    return {
        name: ",".join(values) for name, values in parse_qs(urlsplit(github.first(state, TUESDAY).url).query).items()
    }


UPDATED = {
    # What is known of the feed, from which day on something must have been updated, whether validators are sent.
    "at first, as far back as is news": (FeedState(1, FEED), "2019-12-03", False),
    "at first, as feeds.yaml says": (FeedState(1, replace(FEED, backlog=30)), "2019-11-10", False),
    "at first, all of it": (FeedState(1, replace(FEED, backlog=None)), None, False),
    "an hour ago": (KNOWN, "2019-12-10", True),
    "what the index may be behind of": (replace(KNOWN, checked=TUESDAY - 5 * HOUR), "2019-12-09", True),
    "a week ago": (replace(KNOWN, checked=TUESDAY - 7 * DAY), "2019-12-03", True),
    "failing since, so that only news tells when it was well": (replace(KNOWN, failures=3), "2019-12-07", False),
    "taken up again by an editor": (replace(KNOWN, poll_after=None), "2019-12-07", False),
    "a query that says so itself": (
        replace(KNOWN, feed=replace(FEED, query=f"{QUERY} updated:>2018-01-01")), "updated:>2018-01-01", True,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("state", "day", "goes_on"), UPDATED.values(), ids=UPDATED)
def test_a_search_asks_for_what_was_updated_since(state, day, goes_on):
    """By whole days, so that the address stays the same for one; validators belong to the address of the last visit."""
    params, headers = asked_for(state), dict(github.first(state, TUESDAY).headers)

    if day and day.startswith("updated"):
        assert params["q"].endswith(day)
        assert params["q"].count("updated:") == 1
    else:
        assert params["q"] == (QUERY if day is None else f"{QUERY} updated:>={day}")
    assert (params["sort"], params["order"], params["per_page"]) == ("updated", "desc", "100")
    assert ("If-None-Match" in headers, "If-Modified-Since" in headers) == (goes_on and bool(state.checked),) * 2


def test_a_list_of_releases_is_asked_for_as_it_is():
    """With its own parameters, which may be secrets, and validators."""
    state = replace(KNOWN, feed=Feed("r", f"{RELEASES}?key=$KEY&per_page=5", kind="github", token="$TOKEN"))

    request = github.first(state, TUESDAY, 2.0)

    assert (request.url, request.after) == (f"{RELEASES}?key=$KEY&per_page=100", 2.0)
    assert dict(request.headers) == {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": "Bearer $TOKEN",
        "If-None-Match": 'W/"1"',
        "If-Modified-Since": "Tue, 10 Dec 2019 09:00:00 GMT",
    }


MOVED = {
    "nowhere": (None, True),
    "on its server": ("https://api.github.com/repositories/1/releases", True),
    "to another": ("https://evil.example/repos/a/b/releases", False),
    "to another port": ("https://api.github.com:8443/repos/a/b/releases", False),
}


@pytest.mark.parametrize(("address", "sent"), MOVED.values(), ids=MOVED)
def test_G09_a_list_that_has_moved_takes_its_token_along_on_its_server(address, sent):
    state = replace(KNOWN, feed=Feed("r", RELEASES, kind="github", token="$TOKEN"), used_url=address)

    assert ("Authorization" in dict(github.first(state, TUESDAY).headers)) == sent


def test_G09_no_name_in_a_query_is_taken_for_a_secret():
    """Nor in what it has besides; a token that is not there is not sent."""
    feed = replace(FEED, query="is:pr $HOME", url=SEARCH)

    request = github.first(FeedState(1, feed), TUESDAY)

    assert "$" not in request.url
    assert "Authorization" not in dict(request.headers)


FURTHER = {
    "the next page": (f'<{SEARCH}&page=2>; rel="next", <{SEARCH}&page=9>; rel="last"', f"{SEARCH}&page=2"),
    "not the first named": (f'<{SEARCH}&page=1>; rel="prev", <{SEARCH}&page=3>; rel="next"', f"{SEARCH}&page=3"),
    "without quotes": (f"<{SEARCH}&page=2>; rel=next", f"{SEARCH}&page=2"),
    "none but others": (f'<{SEARCH}&page=9>; rel="last"', None),
    "nothing": ("", None),
    "no page of the same server": ('<https://evil.example/search/issues?page=2>; rel="next"', None),
    "nor of one without TLS": ('<http://api.github.com/search/issues?page=2>; rel="next"', None),
    "what is no address": ("<>; rel=next", None),
    "what is none at all": ("<http://[oops>; rel=next", None),
}


@pytest.mark.parametrize(("link", "expected"), FURTHER.values(), ids=FURTHER)
def test_the_next_page(link, expected):
    """By the Link header; where it leads elsewhere, whoever asks would send a token there."""
    body = json.dumps({"items": []}).encode()

    document, further = github.read(Response(200, SEARCH, {"link": link}, body))

    assert (further and further.url) == expected
    assert document.head.incomplete == ("next" in link and expected is None)
    assert further is None or "Authorization" not in dict(further.headers)


def search(*found: object, query: str = QUERY, **more: object) -> Response:
    """Return an answer to a search."""
    body = json.dumps({"total_count": len(found), "incomplete_results": False, "items": found, **more})
    return Response(200, github.first(FeedState(1, replace(FEED, query=query)), TUESDAY).url, {}, body.encode())


def test_a_pull_request_is_an_entry():
    """Who, when it was merged, labels, and its text; comments on it are no update of it."""
    document, _ = github.read(search(pull(7, merged=TUESDAY - DAY, title=" Add  `probes` & <more> ")))

    link = "https://github.com/kubernetes/kubernetes/pull/7"
    assert document.head == Head(title="a/b on GitHub", partial=True)
    assert document.entries == (
        Entry(
            id=link,
            title="Add `probes` & <more>",
            link=link,
            authors=(Person("ann", "https://github.com/ann"),),
            published=TUESDAY - DAY,
            content="<p>What pull 7 does.</p>",
            categories=(Category("kind/feature"),),
            status="merged",
        ),
    )


CREATED, CLOSED, MERGED = (TUESDAY - days * DAY for days in (3, 2, 1))
OPEN = {"state": "open", "closed_at": None, "pull_request": {"merged_at": None}}
NEWS = {
    # A query, what differs from a merged pull request, when that is news, what became of it.
    "merged": ("is:pr is:merged", {}, MERGED, "merged"),
    "merged in a time": ("is:pr merged:>=2019-12-01", {}, MERGED, "merged"),
    "closed": ("is:issue is:closed", {"pull_request": None}, CLOSED, "closed"),
    "closed and not merged": ("is:pr is:unmerged is:closed", {"pull_request": {}}, CLOSED, "closed"),
    "open": ("is:issue is:open", OPEN, CREATED, "open"),
    "any, now merged": ("is:pr label:kind/api-change", {}, CREATED, "merged"),
    "not merged": ("is:pr -is:merged", OPEN, CREATED, "open"),
    "merged, but nobody says when": ("is:pr is:merged", {"pull_request": {}}, CLOSED, "closed"),
    "a time that is none": ("is:pr is:merged", OPEN | {"created_at": "soon"}, None, "open"),
}


@pytest.mark.parametrize(("query", "said", "published", "status"), NEWS.values(), ids=NEWS)
def test_when_something_is_news(query, said, published, status):
    """That is when what the query asks for came about: a merged pull request is none of the day that it was opened."""
    one = pull(7, merged=MERGED, created_at=stamp(CREATED), closed_at=stamp(CLOSED)) | said

    document, _ = github.read(search(one, query=query))

    assert [(entry.published, entry.updated, entry.status) for entry in document.entries] == [(published, None, status)]


BODIES = {
    "Markdown": ("Adds *one* [key](https://a.example/).", '<p>Adds <em>one</em> <a href="https://a.example/">key</a>.</p>'),
    "HTML in it": ("<details>\n<summary>More</summary>\n</details>", "<details>\n<summary>More</summary>\n</details>"),
    "what a template remarks": ("<!-- Thanks! -->\nAdds one.<!-- not\nclosed", "<p>Adds one.</p>"),
    "struck out": ("~~gone~~", "<p><s>gone</s></p>"),
    "nothing": ("", None),
    "nothing but remarks": ("<!-- none -->", None),
    "no text": (None, None),
}  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), BODIES.values(), ids=BODIES)
def test_a_body_is_markdown(body, expected):
    """It becomes the HTML that GitHub shows, to be cleaned on the way out as any."""
    document, _ = github.read(search(pull(7, body=body)))

    assert document.entries[0].content == expected


ROWS = "|" + "a|" * 200 + "\n|" + "-|" * 200 + "\n"
SLOW = {
    "a table": (ROWS + "|\n" * 9_000)[:20_000],
    "a table of lines without a cell": (ROWS + "a\n" * 9_000)[:20_000],
    "brackets": "[" * 20_000,
    "images": "![" * 10_000,
}


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_a_body_that_is_slow_to_read_is_plain_text(body):
    """Anybody may open a pull request: it does not silence the search that finds it, nor the others in it."""
    began = time.process_time()

    document, _ = github.read(search(*[pull(number, body=body) for number in range(20)], pull(99)))

    assert time.process_time() - began < 2
    assert [entry.content[:4] for entry in document.entries] == [f"<p>{body[0]}"] * 20 + ["<p>W"]
    assert document.entries[-1].content == "<p>What pull 99 does.</p>"


def test_what_all_bodies_of_an_answer_take_is_bounded():
    """A hundred as people write them are read; of a hundred of the longest those that come first."""
    told = "## What\n\n* one [link](https://a.example/), *two*, `three`\n* four\n\n" * 10
    lists = "- a\n" * 5_000

    usual, _ = github.read(search(*[pull(number, body=told) for number in range(100)]))
    longest, _ = github.read(search(*[pull(number, body=lists) for number in range(100)], pull(999, body="*a*")))

    assert all(entry.content.startswith("<h2>What</h2>") for entry in usual.entries)
    marked = [entry.content.startswith("<ul>") for entry in longest.entries]
    assert marked[:3] + marked[10:100] == [True] * 3 + [False] * 90


def test_releases_are_entries():
    """With the link that the feed of releases has; drafts are nobody's business, and pre-releases are called so."""
    page = "https://github.com/a/b/releases/tag/v1.17.0"
    found = [
        release(17, html_url=page),
        release(18, html_url=f"{page}-rc.1", prerelease=True, name="", published_at=None),
        release(19, html_url=f"{page}-draft", draft=True),
        "nonsense",
    ]

    document, _ = github.read(Response(200, RELEASES, {}, json.dumps(found).encode()))

    assert document.head == Head(title="Releases of a/b")
    assert [(one.title, one.link, one.status, one.published) for one in document.entries] == [
        ("v1.17.0", page, "released", TUESDAY),
        ("v1.18.0", f"{page}-rc.1", "prerelease", TUESDAY),
    ]
    assert document.entries[0].content == "<p>What release 17 brings.</p>"
    assert document.entries[0].authors == (Person("ann", "https://github.com/ann"),)


def test_an_answer_that_is_not_complete_says_so():
    document, _ = github.read(search(pull(7), incomplete_results=True))

    assert document.head.incomplete


NO_ANSWERS = {
    "a page": (b"<!doctype html>", "the JSON is broken"),
    "cut off": (b'{"items": [', "the JSON is broken"),
    "too deep": (b"[" * 100_000, "the JSON is broken"),
    "no text": (b"\xff", "the JSON is broken"),
    "another answer": (b'{"message": "hello"}', "no answer of GitHub's search"),
    "a number": (b"7", "no answer of GitHub's search"),
    "no list": (b'{"items": {}}', "no answer of GitHub's search"),
}


@pytest.mark.parametrize(("body", "said"), NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_what_is_no_answer_is_none(body, said):
    with pytest.raises(ReadingError, match=said):
        github.read(Response(200, SEARCH, {}, body))


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)
FIELDS = "html_url title user labels created_at closed_at body pull_request state name tag_name author draft".split()
ITEMS = st.dictionaries(
    st.sampled_from(FIELDS),
    VALUES | st.dictionaries(st.sampled_from(["login", "html_url", "merged_at", "name"]), VALUES),
)
ODD = {"html_url": "javascript:alert(1)", "user": {"login": "x", "html_url": "data:,"}, "labels": [7, {"name": 7}, "a"]}


@given(st.lists(ITEMS, max_size=3))
@example([ODD])
def test_whatever_an_answer_holds_it_is_read(found):
    """Fields of other kinds than GitHub's are as good as none; no link leads elsewhere than to the web."""
    for body in (json.dumps({"items": found}), json.dumps(found)):
        document, _ = github.read(Response(200, SEARCH, {}, body.encode()))

        assert all((one.link or "http").startswith("http") for one in document.entries)


BEYOND = {
    "GitHub's own": ("https://api.github.com", "https://github.com/a/b/releases.atom", RELEASES),
    "with www": ("https://api.github.com", "https://www.github.com/a/b/releases.atom", RELEASES),
    "an Enterprise server's": (
        "https://git.example/api/v3/",
        "https://git.example/a/b/releases.atom",
        "https://git.example/api/v3/repos/a/b/releases",
    ),
    "not of another host": ("https://git.example/api/v3", "https://github.com/a/b/releases.atom", None),
    "nor of one called alike": ("https://api.github.com", "https://github.com.evil.example/a/b/releases.atom", None),
    "tags have no releases": ("https://api.github.com", "https://github.com/a/b/tags.atom", None),
    "a blog": ("https://api.github.com", "https://github.com/blog.atom", None),
}  # fmt: skip


@pytest.mark.parametrize(("base", "feed", "expected"), BEYOND.values(), ids=BEYOND)
def test_where_releases_beyond_a_feed_are(base, feed, expected):
    """The token goes to the host of the API alone."""
    found = github.releases(base, feed, "$TOKEN")

    assert (found and found.url) == (expected and f"{expected}?per_page=100")
    assert found is None or dict(found.headers)["Authorization"] == "Bearer $TOKEN"
    assert github.releases("https://api.github.com", "https://github.com/a/b/releases.atom", None) == Request(
        f"{RELEASES}?per_page=100",
        (("Accept", "application/vnd.github+json"), ("X-GitHub-Api-Version", "2022-11-28")),
    )


REFUSALS = {
    "a token that is none": (401, {}, "GitHub does not know its token"),
    "a limit": (403, {"x-ratelimit-remaining": "0"}, "GitHub's rate limit is used up; with a token it is larger"),
    "patience": (429, {"retry-after": "60"}, "GitHub's rate limit is used up; with a token it is larger"),
    "not for us": (403, {"x-ratelimit-remaining": "59"}, "GitHub does not let us see it; a token may help"),
    "nothing there": (404, {}, "GitHub has nothing there, or nothing that its token may see"),
    "a query that it does not take": (
        422,
        {},
        "GitHub does not understand its query, or may not look where that leads",
    ),
    "busy": (502, {}, ""),
}


@pytest.mark.parametrize(("status", "headers", "said"), REFUSALS.values(), ids=REFUSALS)
def test_what_a_refusal_means(status, headers, said):
    assert github.refusal(Response(status, SEARCH, headers)) == said


PAGES = {
    "pull requests": ("https://github.com/a/b/pulls", "repo:a/b is:pr is:merged"),
    "as they were looked at": ("https://github.com/a/b/pulls?q=is%3Aopen", "repo:a/b is:pr is:merged"),
    "issues": ("https://github.com/a/b/issues/", "repo:a/b is:issue"),
    "a repository has feeds": ("https://github.com/a/b", None),
    "one issue is no list": ("https://github.com/a/b/issues/7", None),
    "another site": ("https://a.example/a/b/issues", None),
}


@pytest.mark.parametrize(("page", "query"), PAGES.values(), ids=PAGES)
def test_which_search_finds_what_a_page_lists(page, query):
    assert github.query_of(page) == query
