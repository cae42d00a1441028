"""tag, pick, unpick, drop, undrop, shortlist, log, undo and redo: what editors do, and that it can be taken back."""

import re

import pytest
from newsroom import CACHE, DRAIN, FEEDS, GATEWAY, MEETUP, PROBES, SCHEDULER, SIDECAR

VOCABULARY = "tags: {kubernetes: {alias: [k8s]}, storage: {alias: [csi]}, nodes: {}}\n"
EDITORS = "editors: [{id: ann, name: Ann}, {id: bob, name: Bob}]\n"
REASONS = "reasons: {v: vendor news, d: duplicate}\n"


def story(weekly, name: str) -> dict:
    return weekly.json("show", name)[0]


def states(weekly) -> dict[str, str]:
    return {str(told["number"]): told["state"] for told in weekly.json("list", "--all")}


def placed(weekly) -> list[tuple[str, str]]:
    """Return (story, where) of everything picked, by number."""
    picked = sorted(weekly.json("list", "--picked"), key=lambda told: told["number"])
    return [(str(told["number"]), told["section"]) for told in picked]


# tag


def test_tags_are_added_and_removed_in_one_act(newsroom):
    """Several stories, several tags, one line for a person each, one act to undo."""
    found = newsroom.run("tag", "1-2", "--add", "storage", "--add", "nodes", "--remove", "kubernetes")

    assert found.stderr.splitlines()[0] == "1 new Node-local cache reaches beta #storage #nodes"
    assert story(newsroom, DRAIN)["tags"] == ["storage", "nodes"]
    newsroom.run("undo")
    assert story(newsroom, CACHE)["tags"] == story(newsroom, DRAIN)["tags"] == ["kubernetes"]


def test_a_vocabulary_keeps_other_tags_out(newsroom):
    """An unknown tag ends with 2 and the nearest known one; --create lets it in; an alias is its tag."""
    newsroom.write(FEEDS, VOCABULARY)

    assert "did you mean storage" in newsroom.run("tag", CACHE, "--add", "storrage", code=2).stderr
    newsroom.run("tag", CACHE, "--add", "CSI", "--add", "brandnew", "--create")
    newsroom.run("tag", CACHE, "--remove", "K8s")

    assert story(newsroom, CACHE)["tags"] == ["storage", "brandnew"]
    assert newsroom.json("list", "--tag", "csi")[0]["number"] == int(CACHE)


def test_tag_list_counts_the_vocabulary_too(newsroom):
    """A tag that no story has is listed with 0, the others with their stories."""
    newsroom.write(FEEDS, VOCABULARY)
    newsroom.run("tag", MEETUP, "--add", "nodes")

    assert newsroom.run("tag", "--list").stdout.split() == ["3", "kubernetes", "0", "storage", "1", "nodes"]
    assert newsroom.json("tag", "--list")[0] == {"tag": "kubernetes", "stories": 3}


def test_a_tag_is_renamed_everywhere(newsroom):
    """Stories that had both have it once; undo brings all of it back."""
    newsroom.run("tag", CACHE, "--add", "k8s")

    assert newsroom.run("tag", "--rename", "kubernetes", "k8s").stdout.startswith("3 stories")

    assert [story(newsroom, name)["tags"] for name in (CACHE, DRAIN, PROBES)] == [["k8s"]] * 3
    newsroom.run("undo")
    assert sorted(story(newsroom, CACHE)["tags"]) == ["k8s", "kubernetes"]
    assert "no tag 'kubernets'; did you mean kubernetes" in (
        newsroom.run("tag", "--rename", "kubernets", "x", code=2).stderr
    )


@pytest.mark.parametrize("new", ["kubernetes", "k8s", " Kubernetes "])
def test_a_tag_renamed_to_itself_stays(newsroom, new):
    """Also when the new name is an alias of the old one: no story loses it."""
    newsroom.write(FEEDS, VOCABULARY)

    newsroom.run("tag", "--rename", "kubernetes", new)

    assert story(newsroom, CACHE)["tags"] == ["kubernetes"]


BAD_TAGS = {"empty": " ", "long": "x" * 61, "an option": "--add"}


@pytest.mark.parametrize("term", BAD_TAGS.values(), ids=BAD_TAGS)
def test_a_tag_is_a_short_word(newsroom, term):
    """What is none is refused with 2, and nothing is tagged."""
    newsroom.run("tag", CACHE, f"--add={term}", code=2)

    assert story(newsroom, CACHE)["tags"] == ["kubernetes"]


def test_tag_without_tags_says_how(newsroom):
    """Exit 2 and an example."""
    assert "--add" in newsroom.run("tag", CACHE, code=2).stderr


# pick


PATHS = {
    "the feed's own": ([], "upstream/Kubernetes"),
    "an id": (["--section", "upstream"], "upstream"),
    "an alias and a group": (["--section", "up/Kubernetes"], "upstream/Kubernetes"),
    "a title": (["--section", "上游重要进展/kubernetes"], "upstream/Kubernetes"),
    "unique prefixes": (["--section", "上游/Kn"], "upstream/Knative"),
    "a group by its tag's alias": (["--section", "up/k8s"], "upstream/Kubernetes"),
    "a theme below a group is free": (["--section", "up/k8s/Nodes"], "upstream/Kubernetes/Nodes"),
    "a new section": (["--section", "Talks", "--create"], "Talks"),
    "a slash in a name": (["--section", r"I\/O", "--create"], r"I\/O"),
}


@pytest.mark.parametrize(("options", "expected"), PATHS.values(), ids=PATHS)
def test_a_section_is_named_by(newsroom, options, expected):
    """Id, alias, title, unique prefix; without --section it is the feed's."""
    newsroom.write(FEEDS, VOCABULARY)

    newsroom.run("pick", CACHE, *options)

    assert placed(newsroom) == [(CACHE, expected)]


WRONG_PATHS = {
    "a section that is not there": (["--section", "Upstraem"], "did you mean Upstream"),
    "a group that is not there": (["--section", "up/Kubernets"], "did you mean Kubernetes"),
    "a prefix of two": (["--section", "up/K"], "Kubernetes or Knative"),
    "a path with nothing in it": (["--section", "up//x"], "no path"),
}


@pytest.mark.parametrize(("options", "said"), WRONG_PATHS.values(), ids=WRONG_PATHS)
def test_a_wrong_section_picks_nothing(newsroom, options, said):
    """Exit 2, what is near is named, and no issue was opened."""
    assert said in newsroom.run("pick", CACHE, *options, code=2).stderr
    assert (placed(newsroom), newsroom.json("log")) == ([], [])


def test_pick_says_where(newsroom):
    """As readers will see it, with the place in the section; JSON has the path by permanent ids."""
    assert newsroom.run("pick", DRAIN, PROBES).stdout.splitlines() == [
        "2 is in No. 1: 上游重要进展 › Kubernetes, item 1 (b3)",
        "3 is in No. 1: 上游重要进展 › Kubernetes, item 2 (b4)",
    ]
    (told,) = newsroom.json("pick", CACHE)
    assert told == {"number": 1, "issue": "No. 1", "path": ["upstream", "Kubernetes"], "item": 3, "block": "b5"}


def test_picking_twice_changes_nothing(newsroom):
    """It says the same again and is no act."""
    first = newsroom.run("pick", CACHE, DRAIN).stdout

    assert newsroom.run("pick", CACHE, DRAIN).stdout == first
    assert len(newsroom.json("log")) == 1


def test_a_section_named_moves_a_pick(newsroom):
    """To the end of it; a group that holds nothing then is gone from the issue."""
    newsroom.run("pick", CACHE, SCHEDULER)

    assert "业界要闻, item 2" in newsroom.run("pick", CACHE, "--section", "业界要闻").stdout

    assert placed(newsroom) == [(CACHE, "业界要闻"), (SCHEDULER, "业界要闻")]
    assert "上游重要进展" not in newsroom.run("publish", "--dry-run").stdout


def test_a_feed_without_a_section_needs_one(newsroom):
    """Exit 2, and the sections are named."""
    assert "业界要闻, 上游重要进展" in newsroom.run("pick", SIDECAR, code=2).stderr
    assert placed(newsroom) == []


def test_what_was_published_is_not_picked_again(newsroom):
    """Exit 2 names the issue that had it, and nothing else of the same command is picked either."""
    newsroom.run("pick", CACHE)
    newsroom.run("publish")

    assert "1 was published in No. 1 already" in newsroom.run("pick", DRAIN, CACHE, code=2).stderr
    assert placed(newsroom) == []


def test_unpick_takes_out_and_keeps_in_view(newsroom):
    """Shortlisted then, with its note; what is not in the issue cannot be taken out."""
    newsroom.run("annotate", CACHE, "--text", "值得")
    newsroom.run("pick", CACHE)

    newsroom.run("unpick", CACHE)

    assert (story(newsroom, CACHE)["state"], story(newsroom, CACHE)["notes"]) == ("shortlisted", {"zh-CN": "值得"})
    assert "not in the open issue" in newsroom.run("unpick", CACHE, code=2).stderr


# drop, undrop, shortlist


def test_drop_takes_a_code_or_a_text(newsroom):
    """A code of feeds.yaml stands for its reason; anything else is the reason."""
    newsroom.write(FEEDS, REASONS)

    (first,) = newsroom.json("drop", CACHE, "-r", "v")
    newsroom.run("drop", MEETUP, "--reason", "too far")
    newsroom.run("drop", GATEWAY)

    assert first == {"number": 1, "state": "dropped", "reason": "vendor news", "tags": ["kubernetes"]}
    assert [story(newsroom, name)["reason"] for name in (MEETUP, GATEWAY)] == ["too far", None]
    assert newsroom.run("list", "--dropped", "--feed", "kube").stdout.startswith("1  ")


def test_undrop_brings_back_as_new(newsroom):
    """Without the reason, and nobody decided anything."""
    newsroom.run("drop", CACHE, "-r", "x")

    newsroom.run("undrop", CACHE)

    assert [story(newsroom, CACHE)[key] for key in ("state", "reason", "decided_by")] == ["new", None, None]


@pytest.mark.parametrize("command", ["drop", "undrop", "shortlist"])
def test_what_is_in_the_issue_is_unpicked_first(newsroom, command):
    """Exit 2 says how; of several none is touched."""
    newsroom.run("pick", CACHE)

    assert "feedhub unpick 1" in newsroom.run(command, MEETUP, CACHE, code=2).stderr
    assert (states(newsroom)[MEETUP], states(newsroom)[CACHE]) == ("new", "picked")


@pytest.mark.parametrize("command", ["drop", "undrop", "shortlist"])
def test_what_was_published_stays_published(newsroom, command):
    """No mark makes it look as if readers had not got it: list --new does not show it again."""
    newsroom.run("pick", CACHE)
    newsroom.run("publish")

    newsroom.run(command, CACHE, code=2)

    assert states(newsroom)[CACHE] == "published"


def test_all_or_nothing(newsroom):
    """A name that nothing has stops the command before the first story."""
    newsroom.run("drop", CACHE, "99", code=2)

    assert states(newsroom)[CACHE] == "new"


# log, undo, redo


def test_every_act_is_on_record(newsroom):
    """Who, when, what, to which stories; the latest first; of one story, of one editor, at most so many."""
    newsroom.run("tag", CACHE, DRAIN, "--add", "nodes")
    newsroom.run("drop", MEETUP, "-r", "far", editor="ed2")

    assert [(act["act"], act["editor"], act["command"], act["stories"]) for act in newsroom.json("log")] == [
        (2, "ed2", "drop (far)", [4]),
        (1, "ed1", "tag +nodes", [1, 2]),
    ]
    assert newsroom.json("log")[0]["at"] == "2019-12-10T10:00:00Z"
    assert newsroom.run("log").stdout.splitlines()[1] == "    1  2019-12-10 18:00  ed1  tag +nodes 1 2"
    for options in (["https://kube.example/drain"], ["--editor", "ed1"], ["2", "--limit", "1"]):
        assert [act["act"] for act in newsroom.json("log", *options)] == [1]
    assert [act["act"] for act in newsroom.json("log", "--limit", "1")] == [2]


def test_what_changes_nothing_is_no_act(newsroom):
    """Nothing to undo, nothing in the log."""
    newsroom.run("tag", CACHE, "--add", "nodes")

    newsroom.run("tag", CACHE, "--add", "nodes")
    newsroom.run("tag", CACHE, "--remove", "never")
    newsroom.run("undrop", CACHE)

    assert [act["act"] for act in newsroom.json("log")] == [1]


def test_undo_is_of_your_own_last_act(newsroom):
    """Not another editor's, not one that is undone; the log says what was."""
    newsroom.run("drop", CACHE)
    newsroom.run("shortlist", DRAIN)
    newsroom.run("drop", MEETUP, editor="ed2")

    assert newsroom.run("undo").stdout == "undone: act 2, shortlist 2\n"
    assert newsroom.run("undo").stdout == "undone: act 1, drop 1\n"

    assert states(newsroom) == dict.fromkeys("765321", "new") | {MEETUP: "dropped"}
    assert "nothing that could be undone" in newsroom.run("undo", code=2).stderr
    assert {act["act"]: act["undone_by"] for act in newsroom.json("log")} == {5: None, 4: None, 3: None, 2: 4, 1: 5}
    assert newsroom.run("log").stdout.splitlines()[-1].endswith("(undone by 5)")


def test_undo_of_an_act_by_its_number(newsroom):
    """Anybody's, as long as nothing later changed the same; then the later act and its editor are named."""
    newsroom.run("drop", CACHE, editor="ed2")
    newsroom.run("undrop", CACHE, editor="ed2")
    newsroom.run("drop", MEETUP, editor="ed2")

    assert "act 2 of ed2 (undrop) changed the same since" in newsroom.run("undo", "1", code=2).stderr
    (told,) = newsroom.json("undo", "3")

    assert told == {"act": 3, "command": "drop", "stories": [4], "is": "undone"}
    assert states(newsroom)[MEETUP] == "new"
    assert "undone already, by act 4" in newsroom.run("undo", "3", code=2).stderr
    assert "no act '9'" in newsroom.run("undo", "9", code=2).stderr


def test_redo_does_again_what_undo_took_back(newsroom):
    """Once: then there is nothing to redo, and the act can be undone as before."""
    newsroom.run("drop", CACHE, "-r", "far")
    newsroom.run("undo")

    assert newsroom.run("redo").stdout == "done again: act 1, drop (far) 1\n"

    assert [story(newsroom, CACHE)[key] for key in ("state", "reason")] == ["dropped", "far"]
    assert "nothing to redo" in newsroom.run("redo", code=2).stderr
    assert states(newsroom)[CACHE] == "dropped"
    newsroom.run("undo")
    assert states(newsroom)[CACHE] == "new"


def test_redo_is_gone_after_other_work(newsroom):
    """What was done since stands."""
    newsroom.run("drop", CACHE)
    newsroom.run("undo")
    newsroom.run("drop", DRAIN)

    assert "nothing to redo" in newsroom.run("redo", code=2).stderr


def test_undoing_a_pick_takes_the_issue_back_too(newsroom):
    """Section, group and issue go with the first pick; with redo they come back as they were."""
    where = newsroom.run("pick", CACHE).stdout
    newsroom.run("undo")

    assert states(newsroom)[CACHE] == "new"
    assert "nothing new to publish" in newsroom.run("publish").stderr
    newsroom.run("redo")
    assert newsroom.run("pick", CACHE).stdout == where


def test_undoing_a_pick_leaves_what_others_put_there(newsroom):
    """The section that ed1 opened stays for ed2's pick."""
    newsroom.run("pick", CACHE)
    newsroom.run("pick", DRAIN, editor="ed2")

    newsroom.run("undo")

    assert placed(newsroom) == [(DRAIN, "upstream/Kubernetes")]
    assert "with 1 item:" in newsroom.run("publish").stdout


def test_what_was_published_is_not_undone(newsroom):
    """Neither the publishing nor the pick that led to it."""
    newsroom.run("pick", CACHE)
    newsroom.run("publish")

    assert "stays published" in newsroom.run("undo", code=2).stderr
    newsroom.run("undo", "1", code=2)
    assert states(newsroom)[CACHE] == "published"


# editors


def test_editors_of_feeds_yaml_are_known_by_id_login_or_git(newsroom, tmp_path):
    """--editor, else git's user.email, else the login; an unknown one ends with 2 and the known ones."""
    newsroom.write(FEEDS, "editors: [{id: ann, name: Ann, login: [ann@a.example]}, {id: bob, name: Bob}]\n")
    (tmp_path / "gitconfig").write_text("[user]\n\temail = Ann@A.example\n", encoding="utf-8")

    newsroom.run("drop", CACHE, editor="bob")
    newsroom.run("drop", DRAIN, editor="", GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"))
    newsroom.run("drop", PROBES, editor="", LOGNAME="bob")

    assert [act["editor"] for act in newsroom.json("log", editor="bob")] == ["bob", "ann", "bob"]
    assert "editors are ann, bob" in newsroom.run("drop", MEETUP, code=2, editor="carl").stderr


def test_two_editors_work_side_by_side(newsroom):
    """Each act is its editor's; the option beats the environment."""
    newsroom.write(FEEDS, EDITORS)

    newsroom.run("--editor", "ann", "pick", CACHE, editor="bob")
    newsroom.run("pick", SCHEDULER, editor="bob")
    newsroom.run("tag", CACHE, "--add", "nodes", editor="bob")

    assert [(act["editor"], act["command"]) for act in newsroom.json("log", CACHE, editor="ann")] == [
        ("bob", "tag +nodes"), ("ann", "pick"),
    ]  # fmt: skip
    assert (story(newsroom, CACHE)["decided_by"], story(newsroom, SCHEDULER)["decided_by"]) == ("ann", "bob")


def test_without_editors_git_says_who_you_are(newsroom, tmp_path):
    """The name in git's configuration, else the login."""
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Ann Example\n", encoding="utf-8")

    newsroom.run("drop", CACHE, editor="", GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"))
    newsroom.run("drop", DRAIN, editor="", LOGNAME="carl")

    assert re.findall("carl|Ann Example", newsroom.run("log").stdout) == ["carl", "Ann Example"]
