"""rule list, test and apply, unhide, and list of what is hidden: rules on the command line."""

import json

import pytest
from conftest import Reply, item, rss

ADS = "name: ads, match: 'title: sponsored', hide: an ad"
NODE = "name: node, match: kubelet, tag: [node, fed], score: 5, section: up/Kubernetes"


def write(weekly, server, *rules: str) -> None:
    more = "rules:\n" + "".join(f"  - {{{rule}}}\n" for rule in rules) if rules else ""
    weekly.write(f"  - {{name: a, url: '{server.url}/feed'}}", f"network: {{allow: ['{server.host}']}}\n{more}")


@pytest.fixture
def told(weekly, server):
    """A weekly that was polled without rules: story 1 is about the kubelet, story 2 is sponsored."""
    server.replies["/feed"] = Reply(rss(item(2, "Sponsored: a talk"), item(1, "The kubelet")))
    write(weekly, server)
    weekly.run("poll")
    return weekly


def test_a_rule_is_tried_before_it_is_relied_on(told, server):
    """It is in feeds.yaml, nothing of it is applied; test says what it finds and would do, and writes nothing."""
    write(told, server, NODE, ADS)
    database = (told.folder / "db" / "feedhub.db").read_bytes()

    *found, last = told.json("rule", "test", "node")

    does = ["tag node", "tag fed", "score 5", "section upstream/Kubernetes"]
    assert found == [
        {"number": 1, "title": "The kubelet", "matched": "kubelet", "new": True, "lost": False, "does": does}
    ]
    assert last == {"summary": {"rule": "node", "weeks": 4, "hits": 1, "new": 1, "lost": 0}}
    assert "1 hits in 4 weeks, 1 of them new, 0 lost" in told.run("rule", "test", "node").stderr
    assert (told.folder / "db" / "feedhub.db").read_bytes() == database


def test_other_terms_can_be_tried(told, server):
    """In place of a rule's, or for no rule at all; what it found and would find no more is lost."""
    write(told, server, NODE)
    told.run("rule", "apply")

    *found, last = told.json("rule", "test", "node", "--match", "title: sponsored")
    alone = told.json("rule", "test", "--match", "title: sponsored")

    assert [(one["number"], one["new"], one["lost"]) for one in found] == [(1, False, True), (2, True, False)]
    assert (found[0]["does"], last["summary"]["lost"]) == (["no tag node", "no tag fed"], 1)
    assert (alone[0]["matched"], alone[0]["does"], alone[1]["summary"]["rule"]) == ("title: Sponsored", [], "-")


def test_apply_shows_what_it_would_change_and_then_does(told, server):
    """--dry-run says the same, and changes nothing."""
    write(told, server, NODE, ADS)

    would = told.json("rule", "apply", "--dry-run")

    assert [story["state"] for story in told.json("list", "--all")] == ["new", "new"]
    assert told.json("rule", "apply") == would
    assert [one["number"] for one in would] == [1, 2]
    assert would[1]["changes"] == [{"by": "rule ads", "what": "hidden", "matched": "title: Sponsored"}]
    assert [story["state"] for story in told.json("list", "--all")] == ["hidden", "new"]
    assert told.run("rule", "apply").stderr.strip() == "0 stories are changed"


def test_hidden_stories_are_listed_and_brought_back(told, server):
    """list says how many there are; unhide is an act; what is not hidden refuses."""
    write(told, server, ADS)
    told.run("rule", "apply")

    assert "1 more are hidden: feedhub list --hidden" in told.run("list").stderr
    (hidden,) = told.json("list", "--hidden")
    assert (hidden["number"], hidden["state"], hidden["hidden"], hidden["hidden_by"]) == (
        2,
        "hidden",
        "an ad",
        "rule ads",
    )
    assert "hidden: an ad (by rule ads)" in told.run("show", "2").stdout
    assert told.json("unhide", "2")[0]["state"] == "new"
    assert "2 is not hidden, it is new" in told.run("unhide", "2", code=2).stderr
    told.run("undo")
    assert [one["number"] for one in told.json("list", "--hidden")] == [2]


def test_rules_are_listed_with_what_they_do(told, server):
    """And of how many stories they had something to say."""
    write(told, server, NODE, ADS)
    told.run("rule", "apply")

    (node, ads) = told.json("rule", "list")

    assert (node["tag"], node["score"], node["section"], node["stories"]) == (
        ["node", "fed"],
        5,
        "upstream/Kubernetes",
        1,
    )
    assert (ads["match"], ads["hide"]) == ("title: sponsored", "an ad")
    assert "#node #fed +5 to upstream/Kubernetes" in told.run("rule", "list").stdout


WRONG = {
    "a rule that there is not": (("test", "nod"), "there is no rule 'nod'; did you mean node?"),
    "no rule": (("test",), "name a rule of feeds.yaml, or try terms"),
    "terms that are none": (("test", "--match", "/a(?=b)/"), "RE2 cannot compute this"),
}


@pytest.mark.parametrize(("arguments", "says"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_tried(told, server, arguments, says):
    """Is said on one line, with exit 2."""
    write(told, server, NODE)

    assert says in told.run("rule", *arguments, code=2).stderr


def test_poll_counts_what_is_hidden(weekly, server):
    """Beside what is new; JSON has it for each feed and in all."""
    server.replies["/feed"] = Reply(rss(item(2, "Sponsored: a talk"), item(1, "The kubelet")))
    write(weekly, server, ADS)

    visit, summary = map(json.loads, weekly.run("poll", "--json").stdout.splitlines())

    assert [(one["new"], one["hidden"]) for one in (visit, summary)] == [(2, 1), (2, 1)]
