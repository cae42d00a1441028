"""merge, split and why on the command line, and how list and show mark what may be one story."""

from datetime import timedelta

import pytest
from conftest import TUESDAY, Reply, item, rss
from newsroom import CACHE, DRAIN, FEEDS, GATEWAY, MEETUP, PROBES, SCHEDULER, SIDECAR, TITLES
from polling import Here

from feedhub.model.story import Suggestion
from feedhub.pollers import feeds as pollers
from feedhub.store import pairs
from feedhub.store.connection import open_store, writing


def story(weekly, name):
    return weekly.json("show", name)[0]


@pytest.fixture
def alike(newsroom):
    """A newsroom in which DRAIN may be the same as PROBES and, more likely, as SIDECAR."""
    db = open_store(newsroom.folder / "db" / "feedhub.db")
    with writing(db):
        pairs.suggest(db, int(DRAIN), Suggestion(int(PROBES), 71, "slow"), "likeness", TUESDAY)
        pairs.suggest(db, int(SIDECAR), Suggestion(int(DRAIN), 93, "restart wait"), "likeness", TUESDAY)
    db.close()
    return newsroom


# merge


def test_merge_says_what_became_of_the_numbers(newsroom):
    """In words and as JSON; each number is the story's from then on, wherever a story is named."""
    assert newsroom.run("merge", PROBES, CACHE, DRAIN).stdout == "1, 2 are part of 3 now\n"
    assert newsroom.json("merge", GATEWAY, SIDECAR)[0] == {
        "number": 7, "state": "new", "title": TITLES[GATEWAY], "uid": story(newsroom, GATEWAY)["uid"], "merged": [6],
    }  # fmt: skip

    newsroom.run("annotate", CACHE, "--text", "A note")
    newsroom.run("pick", "https://kube.example/drain")

    (merged,) = newsroom.json("list", "--picked")
    assert (merged["number"], merged["notes"], merged["also"]) == (3, {"zh-CN": "A note"}, ["cn"])
    assert story(newsroom, CACHE)["merged"] == [1, 2]
    assert [entry["entry"] for entry in merged_entries(newsroom)] == ["3.1", "3.2", "3.4", "3.3"]
    assert [told["number"] for told in newsroom.json("list", "--all")] == [7, 5, 4, 3]
    assert [told["number"] for told in newsroom.json("search", "beta")] == [3]


def merged_entries(weekly):
    return story(weekly, PROBES)["entries"]


WRONG = {
    "one story": (["merge", CACHE], "name two stories or more"),
    "one story by two names": (["merge", CACHE, "https://kube.example/cache"], "are one story, 1"),
    "a story that there is not": (["merge", CACHE, "99"], "there is no story '99'"),
    "what is suggested, of two": (["merge", "--suggested", CACHE, DRAIN], "--suggested goes with one story"),
    "what is suggested, where nothing is": (["merge", "--suggested", CACHE], "nothing is suggested for 1"),
    "an entry of no name": (["split", CACHE], "'1' is no entry; name one by its story and its number there"),
    "an entry that there is not": (["split", "1.3"], "there is no entry '1.3'; see: feedhub show 1"),
    "an entry of a story that there is not": (["split", "99.1"], "there is no story '99'"),
    "the only entry of a story": (["split", "2.1"], "2.1 is all that there is of story 2"),
    "a story that there is not, and why": (["why", "99"], "there is no story '99'"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_ends_with_2(newsroom, arguments, said):
    """It says what can; nothing is on record."""
    assert said in newsroom.run(*arguments, code=2).stderr
    assert newsroom.json("log") == []


def test_entries_of_a_merged_story_have_other_names(newsroom):
    """2.1 was one thing before and must not be another one now."""
    newsroom.run("merge", CACHE, DRAIN)

    told = newsroom.run("split", "2.1", code=2).stderr

    assert "2 is part of 1 now; see the names of its entries: feedhub show 1" in told


def test_merging_what_is_picked_into_what_was_published_says_what_is_missing(newsroom):
    """Why it comes again."""
    newsroom.run("pick", CACHE)
    newsroom.run("publish")
    newsroom.run("pick", DRAIN)

    assert "1 is picked, and was published in No. 1" in newsroom.run("merge", CACHE, DRAIN).stderr
    newsroom.run("pick", CACHE, "--follow-up", "It drains, too")

    assert story(newsroom, CACHE)["issues"] == ["No. 1", "No. 2"]


def test_merge_and_split_are_acts(newsroom):
    """On record with all stories concerned, and undone as any other."""
    newsroom.run("merge", CACHE, DRAIN)
    newsroom.run("split", "1.2", editor="ed2")

    assert [(act["command"], act["stories"]) for act in newsroom.json("log", DRAIN)] == [
        ("split 1.2", [1, 8]), ("merge", [1, 2]),
    ]  # fmt: skip
    newsroom.run("undo")
    assert story(newsroom, DRAIN)["number"] == 2
    newsroom.run("undo", editor="ed2")
    assert story(newsroom, "8")["number"] == 1


# suggestions


def test_what_may_be_the_same_is_marked(alike):
    """In the list by its number; show says which it is, how likely, and by which words."""
    lines = {line.split()[0]: line for line in alike.run("list").stdout.splitlines()}
    assert "≈6 ≈3 Drain waits less #kubernetes" in lines[DRAIN]
    assert "≈2" in lines[SIDECAR]
    assert "≈" not in lines[CACHE]

    shown = alike.run("show", DRAIN)

    assert f"≈6 {TITLES[SIDECAR]} (93: restart wait)\n   ≈3 {TITLES[PROBES]} (71: slow)\n" in shown.stdout
    assert "feedhub merge --suggested 2" in shown.stderr
    assert story(alike, DRAIN)["suggested"] == [
        {"number": 6, "score": 93, "matched": "restart wait"}, {"number": 3, "score": 71, "matched": "slow"},
    ]  # fmt: skip


def test_all_that_is_suggested_is_taken(alike):
    """With one command."""
    assert alike.run("merge", "--suggested", DRAIN).stdout == "6, 3 are part of 2 now\n"
    assert story(alike, DRAIN)["suggested"] == []


def test_what_is_suggested_is_refused(alike):
    """All of it, or one by name; it is not there again before the undo."""
    alike.run("merge", DRAIN, SIDECAR, "--refuse")
    assert [one["number"] for one in story(alike, DRAIN)["suggested"]] == [3]
    assert story(alike, SIDECAR)["suggested"] == []

    assert alike.json("merge", "--suggested", DRAIN, "--refuse")[0]["refused"] == [3]

    assert story(alike, DRAIN)["suggested"] == []
    alike.run("undo")
    assert [one["number"] for one in story(alike, DRAIN)["suggested"]] == [3]


# split


def test_split_says_the_new_number(newsroom):
    """And as JSON where it came from."""
    assert newsroom.run("split", "1.2").stdout == "1.2 is story 8 now: 缓存进入 beta\n"
    newsroom.run("undo")
    (own,) = newsroom.json("split", "1.1")

    assert (own["number"], own["from"], own["title"], own["state"]) == (9, 1, TITLES[CACHE], "new")
    assert story(newsroom, CACHE)["title"] == "缓存进入 beta"
    assert newsroom.json("show", ".")[0]["number"] == 9


# why


def why(weekly, name):
    """Return the reasons for a story, by what they are said of."""
    return {one["about"]: one for one in weekly.json("why", name)[0]["reasons"]}


def said(one):
    return one["what"], one["by"], one["matched"]


def test_why_says_by_what_entries_are_one(newsroom):
    """The rule and what it saw, or the editor and the act; who leads, and where it goes."""
    found = why(newsroom, CACHE)

    assert said(found["entry 1.1"]) == ("began the story", "keys", None)
    assert said(found["entry 1.2"]) == ("joined", "keys", "https://kube.example/cache")
    assert said(found["lead"]) == ("1.1 leads", "lead", "it came first")
    assert said(found["tag kubernetes"]) == ("given", "feed kube", None)
    assert said(found["section"]) == ("upstream/Kubernetes", "feed kube", None)
    assert "entry 1.2 · joined · keys: https://kube.example/cache · 2019-12-10 18:00" in newsroom.run("why", "1").stdout


def test_why_says_what_editors_did(alike):
    """With the number of the act."""
    alike.run("tag", CACHE, "--add", "news", "--remove", "kubernetes")
    alike.run("drop", DRAIN, "-r", "old")
    alike.run("merge", CACHE, DRAIN)
    alike.run("merge", DRAIN, SIDECAR, "--refuse", editor="ed2")
    alike.run("split", "1.2")

    found = why(alike, CACHE)

    assert said(found["entry 1.3"]) == ("put here, was 2.1", "ed1", "merge")
    assert (found["tag news"]["act"], found["tag kubernetes"]["what"]) == (1, "removed")
    assert said(found["news"]) == ("since act 2", "merge", None)
    assert said(found["story 2"]) == ("became part of this one", "ed1", "merge")
    assert said(found["story 3"]) == ("may be the same, 71 of 100", "likeness", "slow")
    assert (said(found["story 6"]), found["story 6"]["act"]) == (("is another story", "ed2", "merge --refuse"), 4)
    assert said(found["story 8"]) == ("is another story", "ed1", "split 1.2")
    assert said(why(alike, "8")["entry 8.1"]) == ("put here, was 1.2", "ed1", "split 1.2")


def test_why_says_who_decided(newsroom):
    """What a story is, who made it that, and where it stands."""
    newsroom.run("drop", MEETUP, "-r", "far")
    newsroom.run("pick", SCHEDULER)

    assert said(why(newsroom, MEETUP)["state"]) == ("dropped: far", "ed1", "drop (far)")
    assert said(why(newsroom, SCHEDULER)["section"]) == ("业界要闻, in No. 1", "ed1", "pick")


RULES = """
rules:
  - {name: alphas, match: 'title: /-(alpha|beta)/', hide: a pre-release}
  - {name: security, match: 'title: /CVE-[0-9]+-[0-9]+/', tag: [security], score: 50, section: 业界要闻}
"""


@pytest.fixture
def ruled(weekly, server, monkeypatch):
    """A weekly whose feed brought something for every rule: 1 is backlog, 2 hidden, 3 tagged; 4 is told by another."""
    monkeypatch.setattr(pollers, "Readers", Here)
    feeds = f"""
  - {{name: a, url: '{server.url}/a', section: up}}
  - {{name: b, url: '{server.url}/b'}}"""
    weekly.write(feeds, f"{RULES}network: {{allow: ['{server.host}']}}\n")
    old, now = "Mon, 02 Sep 2019 08:00:00 GMT", "Mon, 09 Dec 2019 08:00:00 GMT"
    told = [item(4, pubDate=now), item(3, "CVE-2020-8555 mended", pubDate=now)]
    told += [item(2, "v1.17.0-beta.1", pubDate=now), item(1, pubDate=old)]
    server.replies["/a"] = Reply(rss(*told))
    weekly.run("poll", "--feed", "a")
    weekly.now += timedelta(hours=2)
    return weekly


def test_why_says_what_rules_did(ruled):
    """Which rule, and the words that it matched; and what keeps a story off the desk."""
    states = {told["title"]: (str(told["number"]), told["state"]) for told in ruled.json("list", "--all")}
    (backlog, is_backlog), (hidden, is_hidden) = states["Entry 1"], states["v1.17.0-beta.1"]
    assert (is_backlog, is_hidden) == ("backlog", "hidden")

    found = why(ruled, states["CVE-2020-8555 mended"][0])
    assert found["tag security"]["by"] == found["section"]["by"] == "rule security"
    assert "CVE-2020-8555" in found["tag security"]["matched"]
    assert any("score 50" in one["what"] for one in found.values())
    assert said(why(ruled, backlog)["backlog"]) == ("was there before feed a was known", "backlog", "dated 2019-09-02")
    assert said(why(ruled, hidden)["hidden"])[:2] == ("a pre-release", "rule alphas")
    assert "-beta" in why(ruled, hidden)["hidden"]["matched"]


def test_why_says_which_entry_was_news(ruled, server):
    """And since when."""
    number = next(str(told["number"]) for told in ruled.json("list", "--new") if told["title"] == "Entry 4")
    ruled.run("drop", number)
    server.replies["/b"] = Reply(rss(item(40, link="https://a.example/4", pubDate="Tue, 10 Dec 2019 08:00:00 GMT")))

    ruled.run("poll", "--force", "--feed", "b")

    found = why(ruled, number)
    assert said(found["news"]) == ("since act 1", "keys", f"{number}.2")
    assert found["news"]["at"] == "2019-12-10T12:00:00Z"
    assert "state" not in found


def test_looking_why_needs_no_editor(newsroom):
    """As show does not."""
    newsroom.write(FEEDS, "editors: [{id: ann, name: Ann}]\n")

    newsroom.run("why", CACHE, editor="")
    newsroom.run("merge", CACHE, DRAIN, editor="", code=2)
