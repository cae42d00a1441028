"""News since a decision, and what an issue can choose from: by when it came and by where it was, never by its date."""

from datetime import timedelta

import pytest
from conftest import Reply, item, rss
from polling import Here

from feedhub.pollers import feeds as pollers

A_WEEK = timedelta(weeks=1)
FEEDS = """
  - {{name: a, url: '{url}/a', section: up/Kubernetes}}
  - {{name: b, url: '{url}/b', section: 业界要闻}}
"""


class Desk:
    """A weekly with two feeds: `tell` has one of them say more, and polls it an hour later."""

    def __init__(self, weekly, server):
        self.weekly, self.server = weekly, server
        self.told = {"a": [], "b": []}
        weekly.write(FEEDS.format(url=server.url), f"network: {{allow: ['{server.host}']}}\n")

    def tell(self, feed, *items):
        self.told[feed][:0] = items
        self.server.replies[f"/{feed}"] = Reply(rss(*self.told[feed]))
        self.weekly.now += timedelta(hours=1)
        self.weekly.run("poll", "--force", "--feed", feed)

    def run(self, *arguments, **options):
        return self.weekly.run(*arguments, **options)

    def numbers(self, *options):
        return [story["number"] for story in self.weekly.json("list", *options)]

    def story(self, number):
        return self.weekly.json("show", str(number))[0]


@pytest.fixture
def desk(weekly, server, monkeypatch):
    """A desk with stories 2 to 4 of feed a; 1 was dropped."""
    monkeypatch.setattr(pollers, "Readers", Here)
    one = Desk(weekly, server)
    one.tell("b", item(20))
    one.run("drop", "1", "-r", "not ours")
    one.tell("a", item(4), item(3), item(2))
    assert one.numbers("--new") == [4, 3, 2]
    return one


def again(number, **fields):
    """Return what another feed says of the same page."""
    return item(number + 100, f"Also {number}", link=f"https://a.example/{number}", **fields)


def publish(desk, *numbers):
    for number in numbers:
        desk.run("annotate", str(number), "--text", f"Old of {number}")
        desk.run("pick", str(number))
    desk.run("publish")


# news since


def test_news_brings_a_dropped_story_back(desk):
    """To the top of the list, with the reason of then, and the act that dropped it as JSON."""
    desk.run("drop", "2", "-r", "vendor")
    (act,) = desk.weekly.json("log", "--limit", "1")

    desk.tell("b", again(2))

    assert desk.numbers("--new") == [2, 4, 3]
    assert desk.numbers("--dropped") == [1]
    assert (
        desk.run("list", "--new")
        .stdout.splitlines()[0]
        .split("  ")[-1]
        .endswith("(news since dropped: vendor) Entry 2 +1")
    )
    story = desk.story(2)
    assert (story["state"], story["news_since"], story["reason"]) == ("new", f"act {act['act']}", "vendor")
    assert "state: new: news since dropped: vendor (by ed1)" in desk.run("show", "2").stdout


def test_news_brings_a_published_story_back(desk):
    """With an empty note for the new coverage, and the old one to look at."""
    publish(desk, 2)
    assert desk.numbers("--new") == [4, 3]

    desk.tell("b", again(2))

    assert desk.numbers("--new") == [2, 4, 3]
    assert "(news since No. 1) Entry 2 +1" in desk.run("list").stdout
    story = desk.story(2)
    assert (story["news_since"], story["notes"], story["issues"]) == ("No. 1", {}, ["No. 1"])
    assert story["published_notes"] == [{"issue": "No. 1", "language": "zh-CN", "title": None, "text": "Old of 2"}]
    told = desk.run("show", "2").stdout
    assert "already in No. 1: 上游重要进展 › Kubernetes, item 1" in told
    assert "note (zh-CN) in No. 1 by ed1" in told
    assert "Old of 2" in told


def test_already_in_an_issue_is_said_wherever_it_is_shown(desk):
    """Also when there is no news."""
    publish(desk, 2)

    assert "(already in No. 1) Entry 2" in desk.run("list", "--all").stdout
    assert "(already in No. 1) Entry 2" in desk.run("search", "entry").stdout


def test_backlog_and_new_texts_are_no_news(desk):
    """A feed that is added later tells old things, and an edited entry is the one that was published."""
    publish(desk, 2)
    more = FEEDS.format(url=desk.server.url) + f"  - {{name: late, url: '{desk.server.url}/late', backlog: none}}\n"
    desk.weekly.write(more, f"network: {{allow: ['{desk.server.host}']}}\n")
    desk.told["late"] = []

    desk.tell("late", again(2, pubDate="Mon, 02 Sep 2019 08:00:00 GMT"))
    desk.told["a"][-1] = item(2, "Entry 2 again")
    desk.tell("a")

    assert (desk.story(2)["title"], desk.story(2)["also"]) == ("Entry 2 again", ["late"])
    assert desk.numbers("--new") == [4, 3]


def test_a_list_of_a_time_goes_by_the_news(desk):
    """--since and --week find a story where its news is."""
    desk.run("drop", "2")
    desk.weekly.now += A_WEEK

    desk.tell("b", again(2))

    assert desk.numbers("--week", "this") == [2]
    assert 2 not in desk.numbers("--week", "last")
    assert desk.numbers("--new", "--since", desk.weekly.now.date().isoformat()) == [2]


DECISIONS = {
    "dropped, it is published as before": (["drop", "2", "-r", "the same"], "published", None, "the same"),
    "shortlisted, it is kept in view": (["shortlist", "2"], "shortlisted", None, None),
    "brought back, it is where it was": (["undrop", "2"], "new", "No. 1", None),
    "picked, it is in the issue": (["pick", "2", "--follow-up", "It is out"], "picked", None, None),
}


@pytest.mark.parametrize(("command", "state", "since", "reason"), DECISIONS.values(), ids=DECISIONS)
def test_what_becomes_of_news_of_what_was_published(desk, command, state, since, reason):
    """A decision on the news is none on what was published; undo brings it back as news."""
    publish(desk, 2)
    desk.tell("b", again(2))

    desk.run(*command)

    story = desk.story(2)
    assert (story["state"], story["news_since"], story["reason"]) == (state, since, reason)
    if state != "new":
        desk.run("undo")
        assert desk.story(2)["news_since"] == "No. 1"


def test_dropped_news_can_be_brought_back(desk):
    """To where it came; and once the news was shortlisted, too."""
    publish(desk, 2)
    desk.tell("b", again(2))
    for command in (["drop"], ["shortlist"], ["drop", "-r", "the same"]):
        desk.run(*command, "2")
        assert desk.numbers("--new") == [4, 3]

        desk.run("undrop", "2")

        assert desk.numbers("--new") == [2, 4, 3]
        assert (desk.story(2)["news_since"], desk.story(2)["reason"]) == ("No. 1", None)


def test_news_that_is_dropped_again_has_the_reason_of_before(desk):
    """Unless there is another one."""
    desk.run("drop", "2", "-r", "vendor")
    desk.tell("b", again(2))

    desk.run("drop", "2")

    assert (desk.story(2)["state"], desk.story(2)["reason"]) == ("dropped", "vendor")
    desk.run("drop", "2", "-r", "minor")
    assert desk.story(2)["reason"] == "minor"


def test_more_news_comes_again(desk):
    """After the news was dropped; and while it waits nothing changes."""
    publish(desk, 2)
    desk.tell("b", again(2))
    desk.run("drop", "2", "-r", "the same")

    desk.told["c"] = []
    more = FEEDS.format(url=desk.server.url) + f"  - {{name: c, url: '{desk.server.url}/c'}}\n"
    desk.weekly.write(more, f"network: {{allow: ['{desk.server.host}']}}\n")
    desk.tell("c", again(2))

    assert desk.story(2)["news_since"] == "No. 1"
    assert desk.numbers("--new")[0] == 2


# covering again


def test_what_was_published_is_picked_again_with_a_reason(desk):
    """Exit 2 says how; the reason is in the edition, and the old issue stays as it was."""
    publish(desk, 2)
    output = desk.weekly.folder / "output" / "issues"
    (first,) = output.iterdir()
    before = {path.name: path.read_bytes() for path in first.iterdir()}
    desk.weekly.now += A_WEEK

    assert "pick 2 --follow-up REASON" in desk.run("pick", "2", code=2).stderr
    desk.run("pick", "2", "--follow-up", " It is out ")
    desk.run("annotate", "2", "--text", "New of 2")
    assert "already in No. 1" in desk.run("list", "--picked").stdout
    desk.run("publish")

    (second,) = set(output.iterdir()) - {first}
    assert '"follow_up": "It is out"' in (second / "edition.json").read_text(encoding="utf-8")
    assert "New of 2" in (second / "issue.md").read_text(encoding="utf-8")
    assert {path.name: path.read_bytes() for path in first.iterdir()} == before
    assert b"follow_up" not in before["edition.json"]
    story = desk.story(2)
    assert (story["state"], story["issues"]) == ("published", ["No. 1", "No. 2"])
    assert [note["text"] for note in story["published_notes"]] == ["Old of 2", "New of 2"]


def test_a_reason_stays_with_the_item_when_it_is_moved(desk):
    """And can be given, or given otherwise, to what is picked already; then it is an act of its own."""
    publish(desk, 2)
    desk.run("pick", "2", "--follow-up", "It is out")
    desk.run("pick", "2", "--section", "业界要闻")
    desk.run("pick", "2", "--follow-up", "It was out")
    desk.run("pick", "2")

    assert [act["command"] for act in desk.weekly.json("log", "--limit", "3")] == [
        "pick --follow-up (It was out)", "pick --section 业界要闻", "pick --follow-up (It is out)",
    ]  # fmt: skip
    desk.run("publish")
    editions = [path.read_text(encoding="utf-8") for path in desk.weekly.folder.glob("output/issues/*/edition.json")]
    assert sorted(text.count('"follow_up": "It was out"') for text in editions) == [0, 1]


def test_what_is_taken_out_again_is_shortlisted_and_then_published_as_before(desk):
    """It never looks as if readers had not got it."""
    publish(desk, 2)
    desk.run("pick", "2", "--follow-up", "It is out")

    desk.run("unpick", "2")
    assert desk.story(2)["state"] == "shortlisted"
    desk.run("drop", "2", "-r", "later")

    assert (desk.story(2)["state"], desk.numbers("--new")) == ("published", [4, 3])


# candidates


LATE = {
    "dated in the week before, told late": {"pubDate": "Mon, 02 Dec 2019 08:00:00 GMT"},
    "undated": {"pubDate": ""},
    "dated back by years": {"pubDate": "Sat, 01 Jan 2000 00:00:00 GMT"},
    "dated in the future": {"pubDate": "Fri, 01 Jan 2038 00:00:00 GMT"},
}


def test_candidates_neither_vanish_nor_come_twice(desk):
    """Over two issues: by when they were first seen and by no issue that had them, whatever their dates say."""
    for number, fields in enumerate(LATE.values(), 30):
        desk.tell("a", item(number, **fields))
    first = desk.numbers("--new")
    assert first == [8, 7, 6, 5, 4, 3, 2]

    publish(desk, 5, 7, 2)
    assert desk.numbers("--new") == [8, 6, 4, 3]

    desk.weekly.now += A_WEEK
    for number, fields in enumerate(LATE.values(), 40):
        desk.tell("b", item(number, **fields))
    assert desk.numbers("--new") == [12, 11, 10, 9, 8, 6, 4, 3]
    assert desk.numbers("--new", "--week", "this") == [12, 11, 10, 9]

    publish(desk, 6, 9, 10, 11)
    desk.tell("a")
    desk.tell("b")

    assert desk.numbers("--new") == [12, 8, 4, 3]
    assert sorted(desk.numbers("--all")) == list(range(1, 13))
