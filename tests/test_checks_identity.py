"""Identity under fire, from the poll to the published file: what editors did stays, ids that we minted never change.

Where a check asks for more than one step, it is taken with commands against a loopback server.
"""

import re
import shutil
from datetime import timedelta

import pytest
from conftest import Reply, item, rss

HOUR = timedelta(hours=1)
NUMBERS = range(10, 0, -1)


@pytest.fixture
def blog(weekly, server):
    """A weekly that polls one feed; call it with a document's items, and another address of feeds.yaml if so."""

    def poll(*items: str, more: str = "", code: int = 0) -> list[dict]:
        server.replies["/feed"] = Reply(rss(*items))
        listed = f"  - {{name: blog, url: '{server.url}/feed'}}\n{more}"
        weekly.write(listed, f"network: {{allow: ['{server.host}']}}\n")
        weekly.now += HOUR
        return weekly.json("poll", "--force", code=code)

    return poll


def posts(**changes: str) -> list[str]:
    """Ten entries; in what changes, {n} is the number."""
    return [item(n, **{name: value.format(n=n) for name, value in changes.items()}) for n in NUMBERS]


def new(weekly) -> dict[str, int]:
    """Return what is new on the desk: titles and numbers."""
    return {story["title"]: story["number"] for story in weekly.json("list", "--new")}


STORMS = {
    "titles that are edited": lambda step: posts(title=f"Post {{n}}, edited {step} times"),
    "bodies with a clock": lambda step: posts(description=f"Body {{n}}. Served at {1767687600 + step}.5"),
    "dates that move": lambda step: posts(pubDate=f"09 Dec 2019 {{n:0>2}}:0{step}:00 GMT"),
}


@pytest.mark.parametrize("storm", STORMS.values(), ids=STORMS)
def test_I02_a_storm_of_edits_is_announced_once(weekly, blog, storm):
    """Ten new at the first of five polls, none later; as many revisions as there were edits, clocks are none."""
    counts = [blog(*storm(step))[0]["new"] for step in range(5)]

    assert counts == [10, 0, 0, 0, 0]
    assert len(new(weekly)) == 10
    revisions = len(weekly.json("show", "1")[0]["revisions"])
    assert revisions == (0 if storm is STORMS["bodies with a clock"] else 4)


UPHEAVALS = {
    "all guids change": lambda: posts(guid="https://new-cms.example/?p={n}"),
    "http becomes https": lambda: posts(guid="https://a.example/{n}", link="https://www.a.example/{n}"),
    "seven vanish": lambda: posts()[7:],
    "all titles are edited": lambda: posts(title="Post {n} (updated)"),
}


@pytest.mark.parametrize("upheaval", UPHEAVALS.values(), ids=UPHEAVALS)
def test_I03_notes_and_tags_stay_on_their_texts(weekly, blog, upheaval):
    """Whatever becomes of ids, links and titles: what editors did is where they did it, and nothing is new."""
    blog(*posts(guid="http://a.example/{n}", link="http://a.example/{n}"))
    numbers = {title: number for title, number in new(weekly).items() if title in ("Entry 1", "Entry 5", "Entry 10")}
    for title, number in numbers.items():
        weekly.run("annotate", str(number), "--text", f"On {title}")
        weekly.run("tag", str(number), "--add", "kept")

    counts = blog(*upheaval())[0]

    assert counts["new"] == 0
    for title, number in numbers.items():
        story = weekly.json("show", str(number))[0]
        assert (story["notes"], story["tags"]) == ({"zh-CN": f"On {title}"}, ["kept"])
        assert story["title"].split(" (")[0].replace("Post", "Entry") == title


def test_I04_a_feed_cannot_write_over_anothers_entries(weekly, server, blog):
    """An attacker says the victim's guids: it has ten entries of its own, the victim's ten are as they were."""
    blog(*posts())
    before = [weekly.json("show", str(number))[0]["entries"] for number in range(1, 11)]
    attack = posts(title="CANARY {n}", link="https://attacker.example/{n}")
    server.replies["/attack"] = Reply(rss(*attack))

    done = blog(*posts(), more=f"  - {{name: attacker, url: '{server.url}/attack'}}\n")

    assert {one["name"]: one["new"] for one in done[:-1]} == {"blog": 0, "attacker": 10}
    assert [weekly.json("show", str(number))[0]["entries"] for number in range(1, 11)] == before


def test_I05_an_article_of_two_feeds_is_in_the_issue_once(weekly, server, blog):
    """With other guids and with tracking in its link: one item, and it names both sources."""
    server.replies["/planet"] = Reply(rss(*posts(guid="b-{n}", link="http://www.a.example/{n}?utm_source=planet")))
    blog(*posts(), more=f"  - {{name: planet, url: '{server.url}/planet'}}\n")

    weekly.run("pick", "1-10", "--section", "业界要闻")
    weekly.run("publish")

    assert len(weekly.json("list", "--all")) == 10
    issue = next((weekly.folder / "output/issues").glob("*/issue.md")).read_text()
    assert [issue.count(f"[Entry {n}]") for n in NUMBERS] == [1] * 10
    assert weekly.json("show", "1")[0]["also"] == ["planet"]


def test_I06_a_feed_behind_whose_address_is_another_site_waits(weekly, blog):
    """Ten others of the same days: on hold, one notice, nothing new; once an editor confirmed they come."""
    blog(*posts())
    other = posts(guid="x{n}", title="Other {n}", link="https://a.example/other/{n}")

    held, again = blog(*other)[0], blog(*other)[0]
    waiting = new(weekly)
    (state,) = weekly.json("status")
    said = weekly.run("feed", "ack", "blog").stderr

    assert (held["new"], held["hidden"], again["new"]) == (10, 10, 0)
    assert (len(waiting), state["state"]) == (10, "held")
    assert "10 stories that waited are on the desk now" in said
    assert len(new(weekly)) == 20
    assert weekly.json("status")[0]["state"] == "ok"


def test_I07_what_is_published_keeps_its_ids(weekly, blog):
    """Guid, link and title change upstream: publishing again changes no byte, and the story is not new."""
    blog(*posts())
    weekly.run("pick", "1", "2", "--section", "业界要闻")
    weekly.run("publish")
    before = {path: path.read_bytes() for path in (weekly.folder / "output").rglob("*") if path.is_file()}

    for step in range(2):
        blog(*posts(guid=f"new-{step}-{{n}}", title="Post {n}, edited", link="https://a.example/{n}?utm_source=x"))
    weekly.run("publish")

    health = weekly.folder / "output/health.atom"
    assert {path: path.read_bytes() for path in before if path != health} == {
        path: body for path, body in before.items() if path != health
    }
    assert not {"1", "2"} & {str(number) for number in new(weekly).values()}


def test_I12_a_window_that_rolls_is_noticed(weekly, blog):
    """Ten entries each time and none of the old: thirty in all, and a gap from the second poll on."""
    windows = [
        [item(n + 10 * step, pubDate=f"{n:02} Dec 20{19 + step} 00:00:00 GMT") for n in NUMBERS] for step in range(3)
    ]

    assert [blog(*window)[0]["gap"] for window in windows] == [False, True, True]
    assert len(weekly.json("list", "--all")) == 30


def test_I13_another_hash_seed_prints_and_publishes_the_same(weekly, blog):
    """list --json and publish are the same bytes whatever Python draws at its start."""
    blog(*posts())
    weekly.run("pick", "1-3", "--section", "业界要闻")

    listed = {weekly.process("list", "--json", PYTHONHASHSEED=seed).stdout for seed in ("1", "2")}
    drafts = {weekly.process("publish", "--dry-run", PYTHONHASHSEED=seed).stdout for seed in ("1", "2")}

    assert (len(listed), len(drafts)) == (1, 1)
    assert all(listed | drafts)


def test_I08_another_place_to_serve_from_changes_no_id(weekly, blog, tmp_path):
    """The same picks published in another folder, for another address: every id is the same."""
    blog(*posts())
    weekly.run("pick", "1-3", "--section", "业界要闻")
    other = type(weekly)(tmp_path / "elsewhere")
    shutil.copytree(weekly.folder, other.folder)
    listed = (other.folder / "feeds.yaml").read_text()
    (other.folder / "feeds.yaml").write_text(listed.replace("  home: ", "  home: https://moved.example/ # "))
    other.now = weekly.now

    ids = []
    for one in (weekly, other):
        one.run("publish")
        ids.append(re.findall("<id>([^<]+)</id>", (one.folder / "output/weekly.atom").read_text()))

    assert "https://moved.example/" in (other.folder / "output/weekly.atom").read_text()
    assert ids[0] == ids[1] != []
