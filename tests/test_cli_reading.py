"""list, show, search, and how stories are named: looking at the desk, which changes nothing."""

import re

import pytest
from conftest import TUESDAY
from newsroom import CACHE, DRAIN, FEEDS, GATEWAY, MEETUP, PROBES, SCHEDULER, SIDECAR, TITLES

STORY = set(
    "number state news_since title link feed also first_seen published updated authors tags section keys notes titles "
    "issues claimed decided_by score suggested".split()
)
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def numbers(found: list[dict]) -> str:
    return " ".join(str(story["number"]) for story in found)


@pytest.fixture
def worked(newsroom):
    """A newsroom in which every state has a story."""
    newsroom.run("pick", CACHE, SCHEDULER)
    newsroom.run("shortlist", PROBES)
    newsroom.run("drop", MEETUP, "-r", "far away")
    newsroom.run("annotate", PROBES, "--text", "值得一试")
    newsroom.run("annotate", GATEWAY, "--text", "look again", "--private")
    return newsroom


LISTS = {
    "without a filter, the desk and the open issue": ([], "7 6 5 3 2 1"),
    "new": (["--new"], "7 6 2"),
    "picked": (["--picked"], "5 1"),
    "shortlisted": (["--shortlist"], "3"),
    "dropped": (["--dropped"], "4"),
    "all": (["--all"], "7 6 5 4 3 2 1"),
    "the week by its name": (["--week", "2019-W50", "--all"], "7 6 5 4 3"),
    "the week that it is": (["--week", "this", "--all"], "7 6 5 4 3"),
    "the week before": (["--week", "last", "--all"], "2 1"),
    "a week with nothing in it": (["--week", "2019-W48", "--all"], ""),
    "since a day": (["--since", "2019-12-10", "--all"], "7 6 5 4 3"),
    "since a moment, to the second": (["--since", "2019-12-10T18:00:01+08:00", "--all"], ""),
    "a day begins in the newsletter's zone": (["--since", "2019-12-04", "--all"], "7 6 5 4 3"),
    "a feed": (["--feed", "cn"], "5 1"),
    "feeds by a glob": (["--feed", "[cm]*", "--all"], "7 6 5 4 1"),
    "a tag": (["--tag", "kubernetes"], "3 2 1"),
    "a tag, however it is written": (["--tag", "  kubernetes "], "3 2 1"),
    "a section by its alias": (["--section", "up"], "3 2 1"),
    "a section by the start of its title": (["--section", "业界", "--all"], "5 4"),
    "a group": (["--section", "up/kub"], "3 2 1"),
    "a group with nothing in it": (["--section", "up/knative"], ""),
    "without commentary; a private remark is none": (["--unannotated"], "7 6 5 2 1"),
    "at most so many": (["--limit", "2"], "7 6"),
    "at most so many of a section": (["--section", "up", "--limit", "2"], "3 2"),
    "filters add up": (["--picked", "--tag", "kubernetes", "--feed", "cn"], "1"),
}


@pytest.mark.parametrize(("options", "expected"), LISTS.values(), ids=LISTS)
def test_list(worked, options, expected):
    """Each filter leaves out what it says, newest first seen first; lines and JSON tell the same."""
    lines = worked.run("list", *options).stdout.splitlines()

    assert " ".join(line.split()[0] for line in lines) == expected
    assert numbers(worked.json("list", *options)) == expected


WRONG = {
    "an unknown feed": (["list", "--feed", "kub"], "did you mean kube"),
    "an unknown section": (["list", "--section", "upstraem"], "did you mean Upstream"),
    "an unknown group": (["list", "--section", "up/kubernets"], "did you mean Kubernetes"),
    "a week that is none": (["list", "--week", "2019-50"], "2019-W50, this or last"),
    "week 53 of a year with 52": (["list", "--week", "2019-W53"], "no week"),
    "a day that is none": (["list", "--since", "yesterday"], "2019-12-09"),
    "a week and a day": (["list", "--week", "this", "--since", "2019-12-09"], "exclude each other"),
    "no story at all": (["list", "--limit", "0"], "--limit"),
    "an unknown feed in a search": (["search", "feed:kub"], "did you mean kube"),
    "a search for nothing": (["search"], "QUERY"),
    "a time that is none in a search": (["search", "since:soon"], "2019-12-09"),
    "a story that there is not": (["show", "99"], "no story '99'"),
    "a range without stories": (["show", "40-50"], "no story '40-50'"),
    "a range that runs backwards": (["show", "3-1"], "no story '3-1'"),
    "more digits than stories have": (["show", "9" * 30], "no story"),
    "a word": (["show", "cache"], "by its number or its link"),
    "a link that nobody told": (["show", "https://kube.example/nowhere"], "no feed has told it"),
    "a link of two stories": (["show", "https://mesh.example/log"], "stories 6, 7"),
    "several stories where one is meant": (["show", "1-3"], "means 3 stories"),
    "the story touched last, when none was": (["show", "."], "have not touched"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_a_name_that_is_wrong_ends_with_2_and_says_what_would_do(newsroom, arguments, said):
    """One line on stderr, nothing on stdout."""
    found = newsroom.run(*arguments, code=2)

    assert said in found.stderr
    assert found.stdout == ""


NAMES = {
    "its number": CACHE,
    "its link": "https://kube.example/cache",
    "its link as somebody shared it": "http://www.kube.example/cache/?utm_medium=chat&fbclid=1#top",
    "a link with blanks around it": " https://kube.example/cache ",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_story_is_named_by(newsroom, name):
    """A number or the link of any feed that told it; how the link was decorated does not count."""
    assert newsroom.json("show", name)[0]["number"] == int(CACHE)


def test_dot_is_the_story_that_you_touched_last(newsroom):
    """Looking is not touching, and another editor's touch is not yours."""
    newsroom.run("tag", DRAIN, PROBES, "--add", "nodes")
    newsroom.run("show", CACHE)
    newsroom.run("shortlist", MEETUP, editor="ed2")

    assert newsroom.json("show", ".")[0]["number"] == int(PROBES)
    assert newsroom.json("show", ".", editor="ed2")[0]["number"] == int(MEETUP)


def test_ranges_and_names_mix_and_count_once(newsroom):
    """A range takes in what there is of it."""
    newsroom.run("shortlist", "6-20", "https://kube.example/drain", "2-3")

    assert numbers(newsroom.json("list", "--shortlist")) == "7 6 3 2"


def test_a_story_as_json_has_the_fields_of_the_contract(worked):
    """With times in UTC, and null for what there is not."""
    story = next(story for story in worked.json("list") if story["number"] == int(CACHE))

    assert story.keys() >= STORY
    assert {key: story[key] for key in ("title", "link", "feed", "also", "state", "decided_by", "tags")} == {
        "title": TITLES[CACHE], "link": "https://kube.example/cache", "feed": "kube", "also": ["cn"], "state": "picked",
        "decided_by": "ed1", "tags": ["kubernetes"],
    }  # fmt: skip
    assert (story["first_seen"], story["published"], story["updated"]) == (
        "2019-12-03T10:00:00Z", "2019-12-04T01:00:00Z", None,
    )  # fmt: skip
    assert (story["authors"], story["section"], story["issues"]) == (["Ana"], "upstream/Kubernetes", ["No. 1"])
    assert story["keys"] == ["https://kube.example/cache"]
    assert all(other.keys() == story.keys() for other in worked.json("list", "--all"))


def test_notes_and_titles_are_by_language_and_remarks_are_not_among_them(worked):
    """`notes` is what readers may see."""
    worked.run("annotate", PROBES, "--title", "Slow but sure", "--language", "en")
    stories = {str(story["number"]): story for story in worked.json("list")}

    assert stories[PROBES]["notes"]["zh-CN"] == "值得一试"
    assert stories[PROBES]["titles"] == {"en": "Slow but sure"}
    assert stories[GATEWAY]["notes"] == {}


def test_a_title_alone_is_no_commentary(newsroom):
    """--unannotated finds what has nothing to read below its title yet."""
    newsroom.run("annotate", CACHE, "--title", "只有标题")

    assert numbers(newsroom.json("list", "--unannotated")) == "7 6 5 4 3 2 1"


def test_a_line_says_what_an_editor_needs(worked):
    """Number, state, day, feed, title, who told it as well, whether there is a note, tags."""
    lines = {line.split()[0]: line for line in worked.run("list", "--all").stdout.splitlines()}

    assert re.fullmatch(rf"1 +picked +2019-12-03 +kube +{TITLES[CACHE]} \+1 #kubernetes", lines[CACHE])
    assert re.fullmatch(rf"3 +shortlisted +2019-12-10 +kube +{TITLES[PROBES]} ✎ #kubernetes", lines[PROBES])


def test_a_list_without_stories_says_so_to_a_person(weekly):
    """stdout stays empty: nothing is the answer."""
    found = weekly.run("list")

    assert (found.stdout, "no story" in found.stderr) == ("", True)


def test_show_tells_all_of_a_story(worked):
    """State and by whom, place in the issue, every entry, notes with their hash, the text, acts."""
    told = worked.run("show", CACHE).stdout

    assert "state: picked (by ed1)" in told
    assert "in No. 1: 上游重要进展 › Kubernetes, item 1" in told
    assert "1.1 kube · published 2019-12-04 09:00 · by Ana · first seen 2019-12-03 18:00" in told
    assert "1.2 cn" in told
    assert "缓存进入 beta" in told
    assert "What entry 1 says." in told
    assert "2019-12-10 18:00  ed1  pick" in told
    assert "state: dropped: far away (by ed1)" in worked.run("show", MEETUP).stdout


def test_show_says_what_is_private(worked):
    """A remark is called one; a note has its language and hash."""
    assert re.search(r"remark \(private\) by ed1, .*\n +look again", worked.run("show", GATEWAY).stdout)
    assert re.search(r"note \(zh-CN\) by ed1, .*hash \w{8}\n +值得一试", worked.run("show", PROBES).stdout)
    assert worked.json("show", GATEWAY)[0]["remarks"] == {"zh-CN": "look again"}


def test_show_as_json_adds_entries_revisions_text_html_and_log(worked):
    """To what a list says."""
    (story,) = worked.json("show", DRAIN)

    assert story.keys() >= STORY | {"entries", "revisions", "text", "html", "log"}
    assert [(entry["entry"], entry["feed"], entry["id"]) for entry in story["entries"]] == [("2.1", "kube", "urn:a:2")]
    assert [(old["entry"], old["title"], old["until"]) for old in story["revisions"]] == [
        ("2.1", "Drain waits", "2019-12-10T10:00:00Z")
    ]
    assert story["text"].split("\n")[0] == "Pods that linger are left."
    (act,) = worked.json("show", MEETUP)[0]["log"]
    assert (act["editor"], act["command"], act["at"]) == ("ed1", "drop (far away)", "2019-12-10T10:00:00Z")


def test_show_revisions_says_what_was_said_before(newsroom):
    """Without the option a person is told that there are some; with it, what changed, as text and as JSON."""
    assert "1 earlier revision" in newsroom.run("show", DRAIN).stderr

    told = newsroom.run("show", DRAIN, "--revisions").stdout

    assert re.search(
        r"2\.1 until 2019-12-10 18:00\n +title: Drain waits \{\+less\+\}\n"
        r" +text: \[-What entry 2 says-\]\{\+Pods that linger are left\+\}\.\n +\{\+More\+\}\n$",
        told,
    )
    assert newsroom.json("show", DRAIN)[0]["revisions"][0]["text"] == "What entry 2 says."


def test_html_is_clean_wherever_it_is_shown(newsroom):
    """No script, links in full; --html and the JSON say the same."""
    shown = newsroom.run("show", DRAIN, "--html").stdout

    assert shown.strip() == newsroom.json("show", DRAIN)[0]["html"]
    assert "<b>linger</b>" in shown
    assert 'href="https://kube.example/more"' in shown
    assert "script" not in shown
    assert "steal" not in shown


SEARCHES = {
    "a Chinese word of two characters": (["调度"], "5"),
    "two characters inside a run": (["扩展"], "5"),
    "words of the text": (["绑定"], "5"),
    "all words are wanted": (["调度", "绑定"], "5"),
    "one word too many": (["调度", "聚会"], ""),
    "case does not count": (["SIDECARS"], "6"),
    "what another feed called it": (["缓存"], "1"),
    "a word of a note": (["值得"], "3"),
    "what an entry said before is not it": (["entry", "waits"], ""),
    "by tag": (["tag:kubernetes"], "3 2 1"),
    "by tag and word": (["startup", "tag:kubernetes"], "3"),
    "by feed": (["feed:mesh"], "7 6"),
    "by section": (["section:业界要闻"], "5 4"),
    "by section and group": (["section:up/kubernetes", "cache"], "1"),
    "by day": (["since:2019-12-04", "tag:kubernetes"], "3"),
    "a phrase": (['"slow starters"'], "3"),
    "the words of it, the wrong way round": (['"starters slow"'], ""),
    "the query as one argument": (["调度 feed:cn"], "5"),
    "dropped ones as well": (["聚会"], "4"),
    "no operator is one": (["cache", "OR", "drain"], ""),
    "a lone quote": (['"'], ""),
    "brackets and stars": (["NEAR(", "a*b)"], ""),
}


@pytest.mark.parametrize(("query", "expected"), SEARCHES.values(), ids=SEARCHES)
def test_search(worked, query, expected):
    """Stories with all the words, in entries, titles or notes; newest first, as lines and as JSON."""
    lines = worked.run("search", *query).stdout.splitlines()

    assert " ".join(line.split()[0] for line in lines) == expected
    assert numbers(worked.json("search", *query)) == expected


def test_search_finds_at_most_so_many(newsroom):
    """--limit, the newest ones; finding nothing is an answer and exit 0."""
    assert numbers(newsroom.json("search", "tag:kubernetes", "--limit", "2")) == "3 2"
    assert "no story" in newsroom.run("search", "unheard").stderr


def test_a_note_that_is_gone_is_not_found(worked):
    """The index follows the note, and undo as well."""
    worked.run("annotate", PROBES, "--delete")
    assert worked.json("search", "值得") == []

    worked.run("undo")
    assert numbers(worked.json("search", "值得")) == PROBES


def test_looking_needs_no_editor(newsroom):
    """With editors in feeds.yaml, who is none of them may look, and may not touch."""
    newsroom.write(FEEDS, "editors: [{id: ann, name: Ann}]\n")

    for arguments in (["list"], ["show", CACHE], ["search", "cache"], ["log"], ["status"]):
        newsroom.run(*arguments, editor="")
    assert "ann" in newsroom.run("drop", CACHE, code=2, editor="").stderr


def test_times_are_as_feedhub_now_says(newsroom):
    """A clock that is no RFC 3339 time with a zone is refused, not guessed at."""
    for wrong in ("yesterday", "2019-12-10T10:00:00", "2019-12-10"):
        assert "FEEDHUB_NOW" in newsroom.run("list", "--week", "this", code=2, FEEDHUB_NOW=wrong).stderr
    newsroom.now = TUESDAY.replace(day=17)
    assert numbers(newsroom.json("list", "--week", "last")) == "7 6 5 4 3"


def test_nothing_that_only_looks_writes(newsroom):
    """The database keeps every byte."""
    path = newsroom.folder / "db" / "feedhub.db"
    before = path.read_bytes()

    for arguments in (["list", "--all"], ["show", SIDECAR], ["search", SCHEDULER], ["log"], ["status"]):
        newsroom.run(*arguments)

    assert path.read_bytes() == before
