"""Polling GitHub on loopback: searches page by page, within its limits, and releases that a window has lost."""

from datetime import timedelta
from functools import partial

import pytest
from conftest import TUESDAY
from github import DAY, REPO, GitHub, pull, release
from polling import HOUR, Polling

from feedhub import door
from feedhub.model.feed import Counts, Failed, Fetched, Unchanged
from feedhub.store import stories
from feedhub.store.stories import Filter

QUERY = f"repo:{REPO} is:pr is:merged label:kind/feature,kind/api-change"
WEEK = 7 * DAY


@pytest.fixture
def github():
    """A GitHub with nothing on it."""
    one = GitHub()
    yield one
    one.http.shutdown()
    one.http.server_close()


class Visits:
    """Polls one feed of GitHub, through the real door: call it with so many hours after TUESDAY."""

    def __init__(self, github, polling, feed: str) -> None:
        self.github = github
        self.polling = polling
        self.feeds = (
            f"  - {{name: one, {feed}}}\n"
            f"network: {{github: '{github.api}', github_token: $GITHUB_TOKEN, allow: ['{github.host}']}}\n"
        )
        limits = door.Limits("feedhub-test/1", frozenset([github.host]))
        self.visit = lambda requests, may_start: door.visit(requests, limits, may_start)

    def __call__(self, hours: float, *, force: bool = False):
        self.github.requests.clear()
        self.github.now = TUESDAY + hours * HOUR
        return self.polling(hours, force=force, feeds=self.feeds, visit=self.visit).get("one")


@pytest.fixture
def visits(store, internet, monkeypatch, github):
    """A function that makes Visits of a feed, as YAML has it."""
    return partial(Visits, github, Polling(store, internet, monkeypatch))


@pytest.fixture
def search(visits):
    """Visits of a search."""
    return visits(f"kind: github, query: '{QUERY}'")


def titles(store, *states: str) -> list[str]:
    """Return the titles of stories in some state."""
    return sorted(story.title for story in stories.find(store, Filter(states)))


def test_a_search_brings_what_was_merged(store, github, search):
    """What is more than a week old is not even asked for; other labels, repositories and open ones do not count."""
    github.token = "$GITHUB_TOKEN"  # Nobody reveals it here.
    github.issues = [
        pull(1, TUESDAY - DAY),
        pull(2, TUESDAY - 8 * DAY),
        pull(3, TUESDAY - DAY, labels=[{"name": "kind/bug"}]),
        pull(4, TUESDAY - DAY, labels=[{"name": "kind/api-change"}]),
        pull(5, TUESDAY - DAY, repo="knative/serving"),
        pull(6, TUESDAY - DAY, state="open", pull_request={"merged_at": None}),
    ]

    found = search(0)

    assert found.counts == Counts(new=2)
    assert titles(store, "new") == ["Pull 1", "Pull 4"]
    assert github.header("authorization") == ["Bearer $GITHUB_TOKEN"]


def test_a_quiet_hour_is_one_request_without_an_answer(github, search):
    """The address, and so the ETag, holds for a day; what is not found any more is not gone, and is no gap."""
    github.issues = [pull(number, TUESDAY - 3 * DAY) for number in range(3)]
    asked: dict[str, list[bool]] = {}
    found = []
    for hour in range(27):
        found.append(search(hour, force=True))
        asked.setdefault(github.asked[0], []).append(github.header("if-none-match")[0] is not None)
        assert len(github.asked) == 1

    assert len(asked) == 3  # of the week before, of this day, of the next
    assert all(not first and all(later) for first, *later in asked.values())
    assert [one.poll.outcome for one in found].count(Unchanged("status")) == 24
    assert {one.counts for one in found[1:]} == {Counts()}
    assert {one.after.gap_since for one in found} == {None}


def test_what_is_updated_and_not_new_is_no_news(store, github, search):
    """A comment on what was merged long before is no news, but a label that was put on late brings what is."""
    search(0)
    github.issues = [pull(1, TUESDAY + HOUR, merged=TUESDAY - 400 * DAY), pull(2, TUESDAY + HOUR, merged=TUESDAY - DAY)]

    found = search(2)

    assert found.counts == Counts(new=2, backlog=1)
    assert (titles(store, "new"), titles(store, "backlog")) == (["Pull 2"], ["Pull 1"])


def test_an_edit_is_one_and_a_comment_is_none(store, github, search):
    """`updated` moves with both."""
    github.issues = [pull(1, TUESDAY - DAY), pull(2, TUESDAY - DAY)]
    search(0)
    github.issues = [
        pull(1, TUESDAY, merged=TUESDAY - DAY),
        pull(2, TUESDAY, merged=TUESDAY - DAY, title="Pull 2, retitled"),
    ]

    assert search(1).counts == Counts(changed=1)


def test_pages_are_followed_within_one_poll(store, github, search):
    """Each with the token, none with validators, and one after the other; it is one poll when the last was read."""
    github.token = "$GITHUB_TOKEN"
    github.issues = [pull(number, TUESDAY - timedelta(minutes=number)) for number in range(250)]

    found = search(0)

    assert found.counts == Counts(new=250)
    assert [path.partition("&page=")[2] for path in github.asked] == ["", "2", "3"]
    assert github.header("authorization") == ["Bearer $GITHUB_TOKEN"] * 3
    assert github.header("if-none-match") == [None] * 3


def test_further_pages_are_asked_for_without_validators(github, search):
    """Those are the first one's."""
    search(0)
    search(1)
    github.issues = [pull(number, TUESDAY + timedelta(minutes=number)) for number in range(120)]

    found = search(2)

    assert found.counts.new == 120
    assert [etag is not None for etag in github.header("if-none-match")] == [True, False]


def test_what_moves_from_page_to_page_counts_once(store, github, search):
    """While the pages are read, others are updated, and what was the last of one page is the first of the next."""
    github.issues = [pull(number, TUESDAY - timedelta(minutes=number)) for number in range(150)]
    answer = github._answer_api

    def moving(*arguments):
        answer(*arguments)
        github.issues.append(pull(1000 + len(github.asked), TUESDAY))

    github._answer_api = moving
    first = search(0)
    github._answer_api = answer
    again = search(1)

    assert first.counts == Counts(new=150)
    assert again.counts == Counts(new=2)


def test_a_search_takes_ten_requests_at_most(github, search):
    """GitHub gives no more than a thousand; that there is more is said, but not of what was there before."""
    github.issues = [pull(number, TUESDAY - timedelta(minutes=number)) for number in range(1200)]
    github.remaining = 100
    first = search(0)
    asked = len(github.asked)
    github.issues = [pull(number, TUESDAY + timedelta(minutes=number - 1200)) for number in range(2000, 3200)]

    second = search(1)

    assert (asked, len(github.asked)) == (10, 10)
    assert [one.counts.new for one in (first, second)] == [1000, 1000]
    assert [one.after.gap_since is not None for one in (first, second)] == [False, True]


BROKEN = {
    "busy": ("broken", {2}, "HTTP 502"),
    "the limit is used up in between": ("remaining", 1, "its server's rate limit is used up before its last page"),
}


@pytest.mark.parametrize(("name", "value", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_page_that_fails_fails_the_poll(store, github, search, name, value, reason):
    """What is stored stays; no validator is kept, so that the next poll reads all of it."""
    github.issues = [pull(1, TUESDAY - DAY)]
    search(0)
    github.issues += [pull(number, TUESDAY + timedelta(minutes=number)) for number in range(10, 160)]
    before = getattr(github, name)
    setattr(github, name, value)
    failed = search(3)
    setattr(github, name, before)
    good = search(6)

    assert failed.poll.outcome == Failed(reason)
    assert failed.counts == Counts()
    assert good.counts == Counts(new=150)
    assert github.header("if-none-match") == [None, None]


def test_L05_a_used_up_limit_holds_until_it_is_filled_again(github, search):
    """To the second, even with --force; status says held."""
    github.remaining = 0
    found = search(0)

    assert found.poll.outcome == Failed("HTTP 403: GitHub's rate limit is used up; with a token it is larger")
    assert (found.after.state, found.after.hold_until) == ("failing", TUESDAY + timedelta(minutes=15))
    assert search(0.2, force=True) is None
    github.remaining = 60
    assert isinstance(search(0.3, force=True).poll.outcome, Fetched)


def together(github, polling, *feeds: str) -> Visits:
    """Return Visits of feeds, each as YAML has it; it returns what was done by their names."""
    many = Visits(github, polling, feeds[0])
    lines = "".join(f"  - {{{feed}}}\n" for feed in feeds)
    many.feeds = lines + many.feeds.partition("\n")[2]
    return many


def test_L07_searches_wait_when_one_used_up_the_limit(store, internet, monkeypatch, github):
    """Those that were left come first in the next poll; what is no search does not wait."""
    polling = Polling(store, internet, monkeypatch)
    searches = [f"name: s{number}, kind: github, query: 'is:pr s{number}'" for number in range(4)]
    releases = f"name: releases, kind: github, url: '{github.api}/repos/{REPO}/releases'"
    many = together(github, polling, *searches, releases)
    github.releases[REPO] = []
    github.remaining = 1
    first = polling(0, feeds=many.feeds, visit=many.visit)
    github.requests.clear()
    github.remaining = 60

    polling(1, feeds=many.feeds, visit=many.visit)

    left = {"s0", "s1", "s2", "s3"} - first.keys()
    asked = [name for path in github.asked for name in ("s0", "s1", "s2", "s3") if f"%20{name}%20" in path]
    assert len(left) >= 2
    assert "releases" in first
    assert set(asked[: len(left)]) == left


@pytest.mark.parametrize("count", [1, 250])
def test_L05_a_search_that_uses_the_limit_up_is_not_asked_before_it_is_filled_again(github, search, count):
    """Whichever of its pages does; GitHub would be asked for a refusal."""
    github.issues = [pull(number, TUESDAY - timedelta(minutes=number)) for number in range(count)]
    github.remaining, github.filled_after = -(-count // 100), 2 * HOUR

    found = search(0)

    assert found.counts == Counts(new=count)
    assert found.after.poll_after == TUESDAY + 2 * HOUR
    assert search(1) is None
    assert github.asked == []


REFUSED = {
    "a query that is none": ("is:nothing nonsense:x", "HTTP 422: GitHub does not understand its query"),
    "neither issues nor pull requests": ("repo:a/b", "HTTP 422: GitHub does not understand its query"),
}


@pytest.mark.parametrize(("query", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_query_that_github_does_not_take(visits, query, reason):
    """Says so; the next try is an hour later."""
    found = visits(f"kind: github, query: '{query}'")(0)

    assert found.poll.outcome.reason.startswith(reason)


def test_a_token_that_github_does_not_know(github, search):
    github.token = "another"

    assert search(0).poll.outcome == Failed("HTTP 401: GitHub does not know its token")


def test_a_search_that_did_not_end_is_asked_again(github, search):
    """What it brought is stored; that it may lack something is said; the next answer is read though it be the same."""
    search(0)
    github.issues, github.incomplete = [pull(1)], True
    partly = search(1)
    again = search(2)

    assert partly.counts == Counts(new=1)
    assert partly.after.gap_since == TUESDAY + HOUR
    assert github.header("if-none-match") == [None]
    assert isinstance(again.poll.outcome, Fetched)


def test_a_search_that_finds_nothing_is_no_broken_one(store, github, search):
    """Nor is anything gone that it found before."""
    github.issues = [pull(1)]
    search(0)
    github.issues = []

    found = search(50)

    assert isinstance(found.poll.outcome, Fetched)
    assert [story.entries[0].gone_since for story in stories.find(store, Filter())] == [None]


def test_the_api_lists_releases(store, github, visits):
    """All of them, page by page, where feeds.yaml asks for that; a 304 while there is no other."""
    github.releases[REPO] = [release(number, TUESDAY - DAY) for number in reversed(range(120))]
    releases = visits(f"kind: github, url: '{github.api}/repos/{REPO}/releases'")

    first, second = releases(0), releases(1)

    assert (first.counts, second.poll.outcome) == (Counts(new=120), Unchanged("status"))
    assert len(titles(store)) == 120


# releases that the window of ten has lost


@pytest.fixture
def feed(github, visits):
    """Visits of the feed of releases, of which ten are known."""
    github.releases[REPO] = [release(number, TUESDAY - DAY) for number in range(9, -1, -1)]
    one = visits(f"url: '{github.url}/{REPO}/releases.atom', backlog: all")
    assert one(0).counts == Counts(new=10)
    assert github.asked == []
    return one


def more(github, *numbers: int, at=TUESDAY) -> None:
    """Release so many more, one after the other."""
    github.releases[REPO] = [release(number, at) for number in reversed(numbers)] + github.releases[REPO]


def test_a_gap_is_filled_from_the_api(store, github, feed):
    """Fourteen came at once: the four that the window lost are asked for in the same poll, and there is no gap."""
    more(github, *range(10, 24))

    found = feed(1)

    assert found.counts.new == 14
    assert sorted(titles(store, "new")) == sorted(f"v1.{number}.0" for number in range(24))
    assert found.after.gap_since is None
    assert github.asked == [f"/repos/{REPO}/releases?per_page=100"]
    assert github.header("authorization") == ["Bearer $GITHUB_TOKEN"]
    assert found.after.held_since is None


def test_what_was_filled_is_not_new_again(store, github, feed):
    """Nor does it change when the window shows it later, as when others were withdrawn: it is the same page."""
    more(github, *range(10, 24))
    feed(1)
    github.releases[REPO] = github.releases[REPO][3:]

    again = feed(2)

    assert again.counts.new == 0
    assert len(titles(store)) == 24
    assert github.asked == []


def test_a_window_that_overlaps_asks_for_nothing(github, feed):
    """Nine of ten may be new."""
    more(github, *range(10, 19))

    found = feed(1)

    assert (found.counts.new, github.asked) == (9, [])


def test_a_gap_of_many_pages_is_followed_to_what_is_known(store, github, feed):
    """What is older than that stays as unknown as it was."""
    github.releases[REPO] += [release(1000 + number, TUESDAY - 99 * DAY) for number in range(50)]
    more(github, *range(10, 230))

    found = feed(1)

    assert (found.counts.new, len(github.asked)) == (220, 3)
    assert found.after.gap_since is None
    assert len(titles(store)) == 230


NOT_FILLED = {
    # What the API does, how many are new, how many requests it took.
    "it is busy": ({"broken": {1}}, 10, 1),
    "its limit is used up": ({"remaining": 0}, 10, 1),
    "it does not know the token": ({"token": "another"}, 10, 1),
    "a later page fails": ({"broken": {2}}, 100, 2),
    "what is known was withdrawn": ({"releases": {REPO: [release(number) for number in range(300, 10, -1)]}}, 290, 3),
    "it has no releases, only tags": ({"listed": []}, 10, 1),
}


@pytest.mark.parametrize(("does", "new", "asked"), NOT_FILLED.values(), ids=NOT_FILLED)
def test_a_gap_that_cannot_be_filled_is_said(github, feed, monkeypatch, does, new, asked):
    """What the window holds is stored all the same, with what came of the API until then."""
    more(github, *range(10, 230))
    for name, value in does.items():
        if name == "listed":
            monkeypatch.setattr(github, "_listed", lambda _: [])
        else:
            monkeypatch.setattr(github, name, value)

    found = feed(1)

    assert isinstance(found.poll.outcome, Fetched)
    assert (found.counts.new, len(github.asked)) == (new, asked)
    assert found.after.gap_since == TUESDAY + HOUR


def test_a_gap_is_said_when_there_is_no_asking(store, internet, monkeypatch, github):
    """What the window holds is stored, though the API has had enough of us in this very poll."""
    polling = Polling(store, internet, monkeypatch)
    github.releases[REPO] = [release(number, TUESDAY - DAY) for number in range(9, -1, -1)]
    both = together(
        github,
        polling,
        f"name: one, url: '{github.url}/{REPO}/releases.atom'",
        f"name: listed, kind: github, url: '{github.api}/repos/{REPO}/releases'",
    )
    polling(0, feeds=both.feeds, visit=both.visit)
    more(github, *range(10, 30))
    github.remaining, github.now = 0, TUESDAY + HOUR
    github.requests.clear()

    found = polling(1, feeds=both.feeds, visit=both.visit)

    assert len(github.asked) == 1
    assert (found["one"].counts.new, found["one"].after.gap_since) == (10, TUESDAY + HOUR)


def test_a_gap_takes_ten_requests_at_most(github, feed):
    """The feed's own is one of them."""
    more(github, *range(10, 2000))
    github.remaining = 100

    found = feed(1)

    assert len(github.requests) == 10
    assert found.after.gap_since == TUESDAY + HOUR


def test_pre_releases_and_drafts_in_a_gap(store, github, feed):
    """A draft is nobody's business; what a pre-release is worth is for `releases:` to say."""
    github.releases[REPO] = [
        *(release(number) for number in range(30, 19, -1)),
        release(19, prerelease=True, name="v1.19.0-rc.1", tag_name="v1.19.0-rc.1"),
        release(18, draft=True, tag_name="untagged"),
        *github.releases[REPO],
    ]

    feed(1)

    assert {"v1.20.0", "v1.19.0-rc.1"} <= set(titles(store))
    assert "v1.18.0" not in titles(store)


def test_at_the_first_visit_nothing_is_filled(github, visits):
    """What came before is backlog, and there is the API's own list for who wants it."""
    github.releases[REPO] = [release(number) for number in range(30)]

    visits(f"url: '{github.url}/{REPO}/releases.atom'")(0)

    assert github.asked == []
