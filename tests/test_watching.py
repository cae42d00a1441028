"""When what was published is looked at again, and what of what is seen there is worth an editor's time."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from conftest import TUESDAY

from feedhub.errors import ReadingError
from feedhub.model.document import Entry, Event
from feedhub.model.feed import Response, Validators
from feedhub.model.watching import Altered, Missing, Moved, News, Same, Shown, Target
from feedhub.reading import cited
from feedhub.rules import watching
from feedhub.text.markup import links_in

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
PAGE = Target(1, "https://a.example/x", "https://a.example/x", cited=TUESDAY, checked=TUESDAY, text="It binds first.")
PULL = Target(2, "a/b#1", "https://github.com/a/b/issues/1", cited=TUESDAY)
RELEASE = replace(PULL, key="a/b@v1", checked=TUESDAY, state="released", text="v1\nNotes")


# when


VISITS = {
    "weekly at first": (PAGE, TUESDAY, 7),
    "to the end of the twelfth week": (PAGE, TUESDAY + 12 * WEEK - DAY, 7),
    "then monthly": (PAGE, TUESDAY + 12 * WEEK, 30),
    "counted from the last issue that cites it": (replace(PAGE, cited=TUESDAY + 50 * WEEK), TUESDAY + 55 * WEEK, 7),
    "daily while somebody waits": (replace(PULL, followed=True), TUESDAY + 50 * WEEK, 1),
    "never when nobody does": (replace(PULL, cited=None), TUESDAY, None),
}


@pytest.mark.parametrize(("target", "now", "days"), VISITS.values(), ids=VISITS)
def test_when_to_look_again(target, now, days):
    """From its publication, not from its first visit."""
    assert watching.next_visit(target, now) == (None if days is None else now + days * DAY)


def test_what_is_missing_is_looked_for_the_next_day():
    """Before anybody hears of it; when it was told, as seldom as before."""
    missing = replace(PAGE, missing_since=TUESDAY)

    assert timedelta(hours=12) < watching.next_visit(missing, TUESDAY) - TUESDAY <= DAY
    assert watching.next_visit(replace(missing, state="deleted"), TUESDAY) == TUESDAY + WEEK


def test_what_github_never_showed_is_asked_for_by_the_plan():
    """A private repository would be asked for every day, for ever."""
    private = replace(PULL, missing_since=TUESDAY)

    assert watching.next_visit(private, TUESDAY) == TUESDAY + WEEK
    assert watching.next_visit(replace(private, followed=True), TUESDAY) == TUESDAY + DAY
    assert watching.next_visit(replace(private, checked=TUESDAY), TUESDAY) < TUESDAY + DAY


RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((TUESDAY + DAY / 4).timestamp()))}
HOLDS = {
    "a good answer": (200, {}, None),
    "missing": (404, {}, None),
    "refused": (403, {}, DAY),
    "refused for an hour": (429, {"retry-after": "3600"}, DAY / 24),
    "refused for a month": (503, {"retry-after": "2592000"}, 30 * DAY),
    "the last one of a rate": (200, RESET, DAY / 4),
    "one too many": (403, RESET, DAY / 4),
    "silent": (None, {}, DAY),
}


@pytest.mark.parametrize(("status", "headers", "wait"), HOLDS.values(), ids=HOLDS)
def test_how_long_a_host_is_left_alone(status, headers, wait):
    """As long as it says; a day when it merely refuses, or says nothing at all."""
    assert watching.hold(status, headers, TUESDAY) == (None if wait is None else TUESDAY + wait)


def test_old_issues_are_looked_at_in_their_turn():
    """What was published today is seen at once; ten years of issues are spread over a month."""
    keys = [f"https://a.example/{number}" for number in range(200)]
    first = [watching.first_visit(key, TUESDAY - 50 * WEEK, TUESDAY) - TUESDAY for key in keys]

    assert watching.first_visit(keys[0], TUESDAY - DAY, TUESDAY) == TUESDAY
    assert timedelta() <= min(first) < 2 * DAY < 28 * DAY < max(first) <= timedelta(days=30)
    assert max(watching.first_visit(key, TUESDAY - 2 * WEEK, TUESDAY) for key in keys) <= TUESDAY + WEEK


# what


SEEN = {
    "the same": (PAGE, Shown("It binds first."), None),
    "nothing new": (PAGE, Same(), None),
    "another text": (PAGE, Shown("It waits first."), "edited"),
    "another version": (replace(PAGE, text="Use v1.17.0"), Shown("Use v1.17.1"), "edited"),
    "another clock": (replace(PAGE, text="x\n3 minutes ago, 10:11:12"), Shown("x\n4 minutes ago, 11:12:13"), None),
    "another counter": (replace(PAGE, text="x\n12 comments"), Shown("x\n13 comments"), None),
    "white space": (PAGE, Shown("It  binds\nfirst."), None),
    "the first sight of it": (replace(PAGE, checked=None, text=None), Shown("It waits first."), None),
    "missing for the first time": (PAGE, Missing(), None),
    "missing again within the hour": (replace(PAGE, missing_since=TUESDAY + WEEK), Missing(), None),
    "missing the next day": (replace(PAGE, missing_since=TUESDAY), Missing(), "deleted"),
    "missing, as was told": (replace(PAGE, missing_since=TUESDAY, state="deleted"), Missing(), None),
    "dead when it was published": (replace(PAGE, checked=None, text=None, missing_since=TUESDAY), Missing(), "deleted"),
    "moved": (PAGE, Moved("https://b.example/y"), "redirected"),
    "moved, as was told": (replace(PAGE, state="moved"), Moved("https://b.example/y"), None),
    "a release that is gone": (replace(RELEASE, missing_since=TUESDAY), Missing(), "withdrawn"),
    "a tag that never was a release": (replace(RELEASE, checked=None, missing_since=TUESDAY), Missing(), None),
    "notes that were edited": (RELEASE, Shown("v1\nMore notes", "released"), "edited"),
    "a pull request that is given up": (replace(PULL, state="open"), Shown("T", "closed"), "closed"),
    "an issue that is given up": (replace(PULL, state="open"), Shown("T", "not planned"), "closed"),
    "one that was merged": (replace(PULL, state="open"), Shown("T", "merged"), None),
    "one that was closed before print": (PULL, Shown("T", "closed", (), TUESDAY - DAY), None),
    "one that was closed since": (PULL, Shown("T", "closed", (), TUESDAY + DAY), "closed"),
    "an event that is cancelled": (PAGE, Shown("It binds first.", "cancelled"), "withdrawn"),
    "an event that was, when it was seen first": (
        replace(PAGE, checked=None, text=None),
        Shown("x", "cancelled"),
        None,
    ),
    "cancelled, as was told": (replace(PAGE, state="cancelled"), Shown("It binds first.", "cancelled"), None),
    "closed, as was told": (replace(PULL, state="closed"), Shown("T", "closed", (), TUESDAY + DAY), None),
}


@pytest.mark.parametrize(("target", "sight", "kind"), SEEN.values(), ids=SEEN)
def test_what_is_worth_telling(target, sight, kind):
    """Once, and not before it is certain."""
    found, _ = watching.seen(target, sight, TUESDAY + WEEK)

    assert (found.kind if found else None) == kind


def test_an_edit_is_told_once_and_what_comes_after_it_as_well():
    """The next difference is one from what was told."""
    first, after = watching.seen(PAGE, Shown("Two"), TUESDAY + WEEK)
    again, after = watching.seen(after, Shown("Two"), TUESDAY + 2 * WEEK)
    third, _ = watching.seen(after, Shown("Three"), TUESDAY + 3 * WEEK)

    assert (first.before, first.after, again) == ("It binds first.", "Two", None)
    assert (third.before, third.after) == ("Two", "Three")


def test_a_page_that_is_never_the_same_is_told_three_times():
    """Some draw what they show. Once it says the same twice, its edits are worth telling again."""
    target, told = PAGE, []
    for turn, text in enumerate(["a", "b", "c", "d", "e", "e", "f"]):
        found, target = watching.seen(target, Shown(text), TUESDAY + turn * WEEK)
        told.append(found.says if found else None)

    assert [says is not None for says in told] == [True, True, True, False, False, False, True]
    assert told[2] == "says something else at every visit, which is not told any more"


def test_slow_edits_add_up():
    """What is not worth telling is compared with again: a text cannot creep away behind a clock."""
    _, after = watching.seen(replace(PAGE, text="x 10:11:12"), Shown("x 11:12:13"), TUESDAY + WEEK)

    assert after.text == "x 10:11:12"


def test_what_came_back_can_go_again():
    """A page that was told to be deleted, and is there."""
    deleted = replace(PAGE, state="deleted", missing_since=TUESDAY)

    for sight in (Same(), Shown("It binds first.")):
        _, back = watching.seen(deleted, sight, TUESDAY + WEEK)
        assert (back.state, back.missing_since) == (None, None)


MOVES = {
    "https": ("https://a.example/x", False),
    "www and a stroke": ("https://www.a.example/x/", False),
    "the whole site": ("https://new.example/x", False),
    "another page": ("https://a.example/y", True),
    "the front page": ("https://a.example/", True),
    "nowhere": (None, False),
}


@pytest.mark.parametrize(("to", "elsewhere"), MOVES.values(), ids=MOVES)
def test_another_spelling_is_no_other_page(to, elsewhere):
    """Nor is the same path of a site that moved."""
    assert watching.leads_elsewhere(replace(PAGE, url="http://a.example/x"), to) is elsewhere


# entries that their feed changed


ENTRY = Entry(title="Drain waits", link="https://a.example/x", content="<p>It waits 30 s.</p>", status="open")
EVENT = Entry(title="KubeCon", event=Event(TUESDAY, status="confirmed"))
ALTERED = {
    "another text": (ENTRY, replace(ENTRY, content="<p>It waits 5 s.</p>"), False, None, "edited"),
    "another title": (ENTRY, replace(ENTRY, title="Drain waits less"), False, None, "edited"),
    "a clock": (ENTRY, replace(ENTRY, content="<p>It waits 30 s.</p>10:11:12"), False, None, "edited"),
    "another clock": (
        replace(ENTRY, content="<p>10:11:12"),
        replace(ENTRY, content="<p>11:12:13"),
        False,
        None,
        None,
    ),
    "as was told": (ENTRY, replace(ENTRY, title="New"), False, "New\nhttps://a.example/x\nopen\nIt waits 30 s.", None),
    "given up": (ENTRY, replace(ENTRY, status="closed"), False, None, "closed"),
    "cancelled": (EVENT, replace(EVENT, event=Event(TUESDAY, status="cancelled")), False, None, "withdrawn"),
    "postponed": (EVENT, replace(EVENT, event=Event(TUESDAY + DAY, status="confirmed")), False, None, "edited"),
    "taken back": (ENTRY, ENTRY, True, None, "deleted"),
}


@pytest.mark.parametrize(("before", "after", "gone", "told", "kind"), ALTERED.values(), ids=ALTERED)
def test_what_a_feed_changed_after_print(before, after, gone, told, kind):
    """Without a visit, from its revisions."""
    found = watching.altered(Altered(1, 1, 1, "kube", before, after, gone, told))

    assert (found.kind if found else None) == kind


# conditions


TODAY = date(2019, 12, 10)
COME = {
    "merged": ("merged", {"states": ("merged",)}, "merged"),
    "not yet": ("merged", {"states": ("open",)}, None),
    "closed is not merged": ("merged", {"states": ("closed",)}, None),
    "merged is closed": ("closed", {"states": ("merged",)}, "merged"),
    "an issue that is done": ("closed", {"states": ("completed",)}, "completed"),
    "a stage": ("stage:beta", {"labels": ("sig/node", "Stage/Beta")}, "stage:beta"),
    "another stage": ("stage:beta", {"labels": ("stage/alpha",)}, None),
    "a release": ("released", {"released": ("a/b@v2",)}, "released in a/b@v2"),
    "anything: told": ("any", {"joined": ("cn",)}, "told by cn as well"),
    "anything: mentioned": ("any", {"mentioned": (7,)}, "mentioned by 7"),
    "anything: changed": ("any", {"edited": ("kube",)}, "changed in kube"),
    "anything: found": ("any", {"found": ("deleted",)}, "deleted where it leads"),
    "nothing": ("any", {}, None),
    "the day": ("2019-12-10", {}, "2019-12-10"),
    "the day before": ("2019-12-11", {"states": ("merged",)}, None),
}


@pytest.mark.parametrize(("until", "news", "why"), COME.values(), ids=COME)
def test_what_was_waited_for(until, news, why):
    """Said in the words of who waits."""
    assert watching.has_come(until, (), News(**news), TODAY) == why


def test_what_is_visited_tells_as_well():
    """A pull request's state, and the labels of an enhancement."""
    at_source = replace(PULL, state="merged", labels=("stage/beta",))

    assert watching.has_come("merged", [at_source], News(), TODAY) == "merged"
    assert watching.has_come("stage:Beta", [at_source], News(), TODAY) == "stage:Beta"


@pytest.mark.parametrize("until", ["merged", "Closed", "released", "any", "stage:beta", "2019-12-24"])
def test_conditions(until):
    """What can be waited for."""
    assert watching.is_condition(until)


@pytest.mark.parametrize("until", ["", "merge", "stage:", "2019-13-24", "24.12.2019", "any day"])
def test_no_conditions(until):
    """What cannot."""
    assert not watching.is_condition(until)


# at the source


SOURCES = {
    "https://github.com/Kubernetes/kubernetes/pull/88567": "kubernetes/kubernetes#88567",
    "https://github.com/a/b/issues/1": "a/b#1",
    "https://github.com/a/b/releases/tag/v1.0-Rc": "a/b@v1.0-Rc",
    "KEP-1370": "kubernetes/enhancements#1370",
    "a/b#1": "a/b#1",
    "CVE-2020-8555": None,
    "uid:x@a.example": None,
    "https://github.com/a/b": None,
    "https://a.example/a/b#1": None,
    "https://github.com/k3s-io/k3s/releases/tag/v1.17.0%2Bk3s.1": "k3s-io/k3s@v1.17.0+k3s.1",
    "https://github.com/a/b/pull/5/files": "a/b#5",
    "https://pr.k8s.io/123": "kubernetes/kubernetes#123",
    "https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/1287-resize": "kubernetes/enhancements#1287",
    "https://github.com/a/b/discussions/5": None,
    "a/..#5": None,
    "../b#5": None,
    "a/.@v1": None,
    "a/b@../../../user1": None,
    "a/b@v1/../../user": None,
    "a/b@..": None,
    "a/b@v1\\..\\user": None,
    "https://github.com/a/b/releases/tag/v1%2F..%2F..%2Fuser": None,
    "a/b@v1...2": "a/b@v1...2",
    "a/b#١": None,
}


@pytest.mark.parametrize(("key", "source"), SOURCES.items())
def test_what_has_a_source(key, source):
    """Pull requests, issues and releases; the rest are pages, or nothing that is visited."""
    assert cited.at_source(key) == source


def test_what_is_asked_for():
    """Pages with their validators; GitHub's things of its API, with a token's name."""
    page = cited.first(replace(PAGE, validators=Validators('"1"', "Mon")), "https://api.example/", "$TOKEN")
    pull = cited.first(PULL, "https://api.example/", "$TOKEN")

    assert page.url == "https://a.example/x"
    assert dict(page.headers).items() >= {"If-None-Match": '"1"', "If-Modified-Since": "Mon"}.items()
    assert "Authorization" not in dict(page.headers)
    assert (pull.url, dict(pull.headers)["Authorization"]) == (
        "https://api.example/repos/a/b/issues/1",
        "Bearer $TOKEN",
    )
    assert cited.first(RELEASE, "https://api.example", None).url == "https://api.example/repos/a/b/releases/tags/v1"
    assert "Authorization" not in dict(cited.first(RELEASE, "https://api.example", None).headers)


def test_a_version_stays_a_version():
    """Whatever is written in it: it cannot lead the token to another address, nor stand for a secret."""
    asked = cited.first(replace(RELEASE, key="a/b@x/v1?y=$HOME%2F"), "https://api.example", "$TOKEN")

    assert asked.url == "https://api.example/repos/a/b/releases/tags/x%2Fv1%3Fy%3D%24HOME%252F"
    assert cited.address("a/b@x/v1?y") == "https://github.com/a/b/releases/tag/x%2Fv1%3Fy"


def test_validators_go_along_only_when_it_is_known_how_it_was():
    """What is not modified since nobody knows what is unknown for ever."""
    given = Validators('"1"', "Mon")

    assert len(cited.first(replace(PAGE, text=None, validators=given), "https://api.example", None).headers) == 1
    assert len(cited.first(replace(PAGE, validators=given), "https://api.example", None).headers) == 3


STATES = {
    "open": ({"state": "open"}, "open"),
    "merged": ({"state": "closed", "pull_request": {"merged_at": "2019-12-09T00:00:00Z"}}, "merged"),
    "closed unmerged": ({"state": "closed", "pull_request": {"merged_at": None}}, "closed"),
    "done": ({"state": "closed", "state_reason": "completed"}, "completed"),
    "not planned": ({"state": "closed", "state_reason": "not_planned"}, "not planned"),
    "a release": ({"tag_name": "v1", "body": None}, "released"),
}


@pytest.mark.parametrize(("said", "state"), STATES.values(), ids=STATES)
def test_how_it_stands_at_its_source(said, state):
    """As GitHub's documentation has it."""
    assert cited.read(Response(200, body=json.dumps(said).encode())).state == state


def test_what_an_issue_says():
    """Title and text, labels, and when it was closed."""
    said = {
        "title": "T",
        "body": "One\r\n\r\nTwo",
        "state": "closed",
        "labels": [{"name": "stage/beta"}, {}],
        "closed_at": "2019-12-09T02:00:00Z",
    }

    assert cited.read(Response(200, body=json.dumps(said).encode())) == Shown(
        "T\nOne\nTwo", "completed", ("stage/beta",), datetime(2019, 12, 9, 2, tzinfo=UTC)
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b"[" * 100_000])
def test_what_is_no_issue(body):
    """A failed visit, and no finding."""
    with pytest.raises(ReadingError):
        cited.read(Response(200, body=body))


def test_links_in_commentary():
    """Those of Markdown, and those that merely stand there; none that leads anywhere else."""
    text = "[看](https://a.example/x) 和 https://b.example/y。<https://c.example> [x](javascript:y) [z](/z)"

    assert links_in(text) == ("https://a.example/x", "https://c.example", "https://b.example/y")
