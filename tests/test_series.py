"""Series of documents as publishers make them in a bad month: what is new, changed, gone, and which are one story.

The real ones behind them are kubernetes.io's blog, GitHub's commits, releases and tags, and weeklies made by Jekyll.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from conftest import item, rss
from polling import told

from feedhub.model.feed import Feed, Fetched, Response
from feedhub.pollers.reader import read
from feedhub.store import feeds, stories

DAY = datetime(2020, 3, 1, tzinfo=UTC)
URL = "https://blog.example/feed.xml"


@dataclass(frozen=True)
class Series:
    """Documents, what each brings (new, changed, gone), and how many stories there are in the end."""

    documents: tuple[str, ...]
    brings: tuple[tuple[int, int, int], ...]
    stories: int


def post(slug: str, title: str, day: int = 1, guid: str | None = None, month: int = 3, **fields: str) -> str:
    """Return an item as Hugo writes it: the guid is the link, unless one is given."""
    link = f"https://blog.example/{slug}/"
    date = datetime(2020, month, day, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return item(0, title, **{"guid": guid or link, "link": link, "pubDate": date, **fields})


def commit(sha: str, title: str, hour: int) -> str:
    """Return an entry of a commits.atom: it has `updated` and no `published`."""
    return (
        f"<entry><id>tag:github.com,2008:Grit::Commit/{sha}</id><title>{title}</title>"
        f'<link rel="alternate" href="https://github.com/a/b/commit/{sha}"/><updated>2020-03-02T{hour:02}:00:00Z</updated>'
        f'<content type="html">&lt;pre&gt;{title}&lt;/pre&gt;</content></entry>'
    )


def atom(*entries_said: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Commits</title>{"".join(entries_said)}</feed>'


OLDER = post("2020/02/20/older", "Blog: An older post", 20, month=2)
POSTS = [
    (f"post-{number}", f"Post number {'one two three four five'.split()[number]}", number + 1) for number in range(5)
]

SERIES = {
    "a post whose date and link move is a new entry of the same story": Series(
        (
            rss(post("2020/03/05/release", "Blog: Release", 5), OLDER),
            rss(post("2020/03/06/release", "Blog: Release", 6), OLDER),
        ),
        ((2, 0, 0), (1, 0, 1)),
        2,
    ),
    "so is one that moves twice": Series(
        tuple(rss(post(f"2020/03/0{day}/release", "Blog: Release", day), OLDER) for day in (5, 6, 9)),
        ((2, 0, 0), (1, 0, 1), (1, 0, 1)),
        2,
    ),
    "so is one that was away for a poll": Series(
        (
            rss(post("2020/03/05/release", "Blog: Release", 5), OLDER),
            rss(OLDER),
            rss(post("2020/03/09/release", "Blog: Release", 9), OLDER),
        ),
        ((2, 0, 0), (0, 0, 1), (1, 0, 0)),
        2,
    ),
    "so is all of a blog that changes its permalinks, dates and titles being what they were": Series(
        (
            rss(*(post(slug, title, day) for slug, title, day in POSTS)),
            rss(*(post(f"blog/2020/{slug}", title, day) for slug, title, day in POSTS)),
        ),
        ((5, 0, 0), (5, 0, 5)),
        5,
    ),
    "a column that keeps its title every week is a story every week": Series(
        tuple(
            rss(*(post(f"2020/{day}", "Community update", day) for day in days))
            for days in ((17, 10, 3), (24, 17, 10), (31, 24, 17))
        ),
        ((3, 0, 0), (1, 0, 1), (1, 0, 1)),
        5,
    ),
    "and so it is in a feed of one": Series(
        tuple(rss(post(f"2020/{day}", "Community update", day)) for day in (3, 10)), ((1, 0, 0), (1, 0, 1)), 2
    ),
    "titles that differ by a number alone are other stories": Series(
        (
            rss(post("pull/88567", "Merge pull request #88567 from dev/fix", 5), OLDER),
            rss(post("pull/88568", "Merge pull request #88568 from dev/fix", 6), OLDER),
        ),
        ((2, 0, 0), (1, 0, 1)),
        3,
    ),
    "two commits of one document with one title are two stories": Series(
        (atom(commit("aaa", "Fix typo", 2), commit("bbb", "Fix typo", 1)),) * 2, ((2, 0, 0), (0, 0, 0)), 2
    ),
    "a commit with the title of one that has left the window is a story of its own": Series(
        (
            atom(commit("bbb", "Add tests", 4), commit("aaa", "Fix typo", 3)),
            atom(commit("ccc", "Fix typo", 5), commit("bbb", "Add tests", 4)),
        ),
        ((2, 0, 0), (1, 0, 1)),
        3,
    ),
    "edits of every title and summary are changes": Series(
        (
            rss(*(post(slug, title, day) for slug, title, day in POSTS)),
            rss(*(post(slug, f"{title}, edited", day, description="Edited.") for slug, title, day in POSTS)),
        ),
        ((5, 0, 0), (0, 5, 0)),
        5,
    ),
    "a new date alone is a change": Series(
        (rss(post("a", "A post", 9)), rss(post("a", "A post", 9, pubDate="Mon, 09 Mar 2020 13:00:00 -0800"))),
        ((1, 0, 0), (0, 1, 0)),
        1,
    ),
    "an author written otherwise is none": Series(
        (
            rss(post("a", "A post", author="ann@a.example (Ann)")),
            rss(post("a", "A post", author="ann@a.example (Ann B)")),
        ),
        ((1, 0, 0), (0, 0, 0)),
        1,
    ),
    "a post whose title and address are edited at once keeps its id and is a change": Series(
        (
            rss(post("hello-wrold", "Hello wrold", 5, guid="https://blog.example/?p=7"), OLDER),
            rss(post("hello-world", "Hello world", 5, guid="https://blog.example/?p=7"), OLDER),
        ),
        ((2, 0, 0), (0, 1, 0)),
        2,
    ),
    "an id that is used again for another post is another story": Series(
        (
            rss(post("one", "A post", 5, guid="1"), OLDER),
            rss(post("two", "Quite another post", 25, guid="1"), OLDER),
        ),
        ((2, 0, 0), (1, 0, 1)),
        3,
    ),
    "one post alone, without an id, is known by its link": Series(
        (
            rss(post("b", "B", 2, guid=" "), post("a", "A", 1, guid=" ")),
            rss(post("b", "B", 2, guid=" ")),
            rss(post("b", "B, edited", 2, guid=" ")),
        ),
        ((2, 0, 0), (0, 0, 1), (0, 1, 0)),
        2,
    ),
}


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES)
def test_a_series_brings_what_its_publisher_did(series, store):
    feeds.reconcile(store, [Feed("blog", URL)], "tag:a.example,2019:x", DAY)
    (state,) = feeds.states(store, [Feed("blog", URL)])

    brings = []
    for day, document in enumerate(series.documents):
        outcome = read(Response(200, URL, {}, document.encode()))
        assert isinstance(outcome, Fetched)
        counts = told(store, state, outcome, DAY + timedelta(days=day))
        brings.append((counts.new, counts.changed, counts.gone))

    assert tuple(brings) == series.brings
    assert len(stories.find(store, stories.Filter())) == series.stories
