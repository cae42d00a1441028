"""publish: which files appear, which stay as they are, and who is kept from writing where."""

import json
import os
import re
import shutil

import pytest
from conftest import TUESDAY, Weekly
from newsroom import CACHE, DRAIN, FEEDS, PROBES, SCHEDULER, SIDECAR

from feedhub.store.connection import lock_path, locked

FILES = ["issues/2019-W50/edition.json", "issues/2019-W50/issue.md", "weekly.atom"]


@pytest.fixture
def picked(newsroom):
    """A newsroom with two picks, one of them annotated."""
    newsroom.run("annotate", CACHE, "--text", "省下一次往返。", "--title", "缓存就在身边")
    newsroom.run("pick", CACHE, SCHEDULER)
    return newsroom


def output(weekly) -> dict[str, bytes]:
    root = weekly.folder / "output"
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def marks(weekly) -> dict[str, tuple[int, int]]:
    """Return modification time and inode of every file and folder."""
    found = [weekly.folder / "output", *(weekly.folder / "output").rglob("*")]
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_ino) for path in found}


def publish_at(weekly, now, *picks: str) -> None:
    weekly.now = now
    weekly.run("pick", *picks, "--section", "业界要闻")
    weekly.run("publish")


def ids(weekly) -> list[str]:
    return re.findall(r"<id>(.*?)</id>", output(weekly)["weekly.atom"].decode())


def test_publish_writes_three_files_and_says_so(picked):
    """The issue as Markdown, its frozen source, the feed; the title leads with the first item's."""
    found = picked.run("publish")

    root = picked.folder / "output"
    assert list(output(picked)) == FILES
    assert found.stdout.splitlines() == [
        "published No. 1 (2019-W50) with 2 items: 调度框架的新扩展点 | 云原生周报 No. 1",
        *(str(root / name) for name in (FILES[1], FILES[0], FILES[2])),
    ]
    assert "without commentary: 1 of 2 items, such as 调度框架的新扩展点" in found.stderr
    assert {story["state"] for story in picked.json("list", "--all") if story["issues"]} == {"published"}


def test_publish_as_json(picked):
    """The issue and what became of each file; the second time there is no issue, and nothing is written."""
    (first,), (again,) = picked.json("publish"), picked.json("publish")

    assert first["issue"] == {"number": 1, "slug": "2019-W50", "title": "调度框架的新扩展点 | 云原生周报 No. 1"}
    assert [file["outcome"] for file in first["files"]] == ["written"] * 3
    assert (again["issue"], [file["outcome"] for file in again["files"]]) == (None, ["unchanged"] * 3)


def test_O04_publishing_again_touches_nothing(picked):
    """No byte, no time, no inode, of files and folders: readers get their 304."""
    picked.run("publish")
    before, bytes_before = marks(picked), output(picked)

    found = picked.run("publish")

    assert (marks(picked), output(picked)) == (before, bytes_before)
    assert (found.stdout, "3 files are unchanged" in found.stderr) == ("", True)


def test_O13_nothing_picked_is_no_failure(newsroom):
    """Exit 0 with a sentence, and no file; also when what was picked was taken out again."""
    assert "nothing new to publish" in newsroom.run("publish").stderr
    newsroom.run("pick", CACHE)
    newsroom.run("unpick", CACHE)

    assert "nothing new to publish" in newsroom.run("publish").stderr
    assert output(newsroom) == {}


def test_a_dry_run_prints_the_issue_and_leaves_no_trace(picked):
    """The very bytes that publish then writes; nothing frozen, no file, no act."""
    acts = picked.json("log")

    shown = picked.run("publish", "--dry-run", "--headline", "大家都在说").stdout

    assert (output(picked), picked.json("log")) == ({}, acts)
    picked.run("publish", "--headline", "大家都在说")
    assert output(picked)[FILES[1]].decode() == shown
    assert shown.startswith("# 大家都在说 | 云原生周报 No. 1\n")
    assert picked.run("publish", "--dry-run", "--issue", "last").stdout == shown


def test_output_goes_where_it_is_told(picked, tmp_path):
    """--output DIR, and only there; published before, the same bytes are written to a second place."""
    picked.run("publish", "--output", str(tmp_path / "web" / "weekly"))
    assert output(picked) == {}

    picked.run("publish")

    assert {name: (tmp_path / "web" / "weekly" / name).read_bytes() for name in FILES} == output(picked)


ISSUES = {"open": "new", "last": "old", "1": "old", "2019-W50": "old", "2": "new"}


@pytest.mark.parametrize(("name", "which"), ISSUES.items(), ids=ISSUES)
def test_an_issue_is_named_by(picked, name, which):
    """Its number, its slug, open or last; what is published already is not published again."""
    picked.run("publish")
    picked.run("pick", DRAIN)

    (told,) = picked.json("publish", "--issue", name)

    assert (told["issue"] or {}).get("slug") == (None if which == "old" else "2019-W50-2")


def test_an_unknown_issue(picked):
    """Exit 2, and nothing is published instead."""
    assert "no issue '7'" in picked.run("publish", "--issue", "7", code=2).stderr
    assert output(picked) == {}


def test_R05_a_deleted_output_is_written_again(picked):
    """With the same bytes: the database holds what was frozen. Also when upstream and editors have moved on."""
    picked.run("publish")
    before = output(picked)
    shutil.rmtree(picked.folder / "output")
    picked.run("annotate", CACHE, "--text", "以后再说")
    picked.run("tag", CACHE, "--add", "later")

    picked.run("publish")

    assert output(picked) == before


def test_what_was_published_does_not_change_with_feeds_yaml(picked):
    """Another title, other sections: the issue stays; only the feed's own head follows."""
    picked.run("publish")
    before = output(picked)
    text = (picked.folder / "feeds.yaml").read_text(encoding="utf-8")
    text = (
        text.replace("云原生周报", "另一份周报")
        .replace("- 业界要闻", "- 要闻")
        .replace("section: 业界要闻", "section: 要闻")
    )
    picked.write(text=text.partition("feeds:")[0], feeds=text.partition("feeds:\n")[2])

    picked.run("publish")

    after = output(picked)
    assert {name for name in before if before[name] != after[name]} == {"weekly.atom"}
    assert after["weekly.atom"].decode().count("另一份周报") == 2


def test_verify_compares_bytes(picked):
    """Exit 0 when every file is what its edition renders to; else 1, with what is missing and what is different."""
    picked.run("publish")
    assert picked.run("publish", "--verify").stdout == ""
    (picked.folder / "output" / FILES[1]).write_text("by hand\n", encoding="utf-8")
    (picked.folder / "output" / FILES[2]).unlink()
    before = output(picked)

    found = picked.run("publish", "--verify", code=1)

    assert [line.rpartition("output/")[2] for line in found.stdout.splitlines()] == [
        "issues/2019-W50/issue.md: different", "weekly.atom: missing",
    ]  # fmt: skip
    assert [one["outcome"] for one in picked.json("publish", "--verify", code=1)] == ["different", "missing"]
    assert output(picked) == before


def test_a_file_changed_by_hand_is_kept_and_named(picked):
    """Until --rerender asks for it."""
    picked.run("publish")
    path = picked.folder / "output" / FILES[1]
    rendered = path.read_bytes()
    path.write_text("by hand\n", encoding="utf-8")

    assert f"{path} stays as it was published" in picked.run("publish").stderr
    assert path.read_text(encoding="utf-8") == "by hand\n"

    picked.run("publish", "--rerender")
    assert path.read_bytes() == rendered


WEEKS = {
    "a Tuesday in the middle of a year": ("2019-12-10T10:00+00:00", "2019-W50", "2019-12-10"),
    "Sunday evening in Greenwich, Monday in Shanghai": ("2019-12-15T17:00+00:00", "2019-W51", "2019-12-16"),
    "the last days of December": ("2019-12-30T02:00+00:00", "2020-W01", "2019-12-30"),
    "week 53": ("2020-12-31T02:00+00:00", "2020-W53", "2020-12-31"),
    "New Year's Day in the old year's last week": ("2021-01-01T02:00+00:00", "2020-W53", "2021-01-01"),
    "the first Monday": ("2021-01-04T02:00+00:00", "2021-W01", "2021-01-04"),
}


@pytest.mark.parametrize(("now", "slug", "day"), WEEKS.values(), ids=WEEKS)
def test_O12_an_issue_is_called_by_its_week(newsroom, now, slug, day):
    """The ISO week and the day, both in the newsletter's zone."""
    publish_at(newsroom, TUESDAY.fromisoformat(now), SCHEDULER)

    issue = output(newsroom)[f"issues/{slug}/issue.md"].decode()

    assert issue.split("\n")[2] == f"**云原生周报** · {slug} · {day}"


def test_two_issues_in_one_week(newsroom):
    """The second has a number behind its week, and its own id; numbers count on."""
    publish_at(newsroom, TUESDAY, SCHEDULER)
    publish_at(newsroom, TUESDAY.replace(hour=12), CACHE)

    assert sorted({name.split("/")[1] for name in output(newsroom) if "/" in name}) == ["2019-W50", "2019-W50-2"]
    assert ids(newsroom) == [f"tag:weekly.example.org,2019:cloud-native{end}" for end in (
        "", "/issue/2019-W50-2", "/issue/2019-W50")]  # fmt: skip
    assert "No. 2" in output(newsroom)["issues/2019-W50-2/issue.md"].decode().split("\n")[0]


def test_the_feed_holds_the_newest_issues_first(newsroom):
    """feed_issues of them over the year's end; those that it no longer holds keep their files."""
    text = (newsroom.folder / "feeds.yaml").read_text(encoding="utf-8")
    newsroom.write(FEEDS, text=text.partition("feeds:")[0].replace("  sections:", "  feed_issues: 2\n  sections:"))
    for day, story in (("2020-12-22", CACHE), ("2020-12-29", DRAIN), ("2021-01-05", PROBES)):
        publish_at(newsroom, TUESDAY.fromisoformat(f"{day}T04:00+00:00"), story)

    assert [uid.rpartition("/")[2] for uid in ids(newsroom)[1:]] == ["2021-W01", "2020-W53"]
    assert "issues/2020-W52/issue.md" in output(newsroom)


def test_ids_do_not_change_with_the_address(picked):
    """Another home moves every link of the feed and no id; ids are tag: URIs."""
    picked.run("publish")
    before = ids(picked)
    text = (picked.folder / "feeds.yaml").read_text(encoding="utf-8")
    (picked.folder / "feeds.yaml").write_text(
        text.replace("weekly.example.org/", "new.example.net/w/"), encoding="utf-8"
    )

    picked.run("publish")

    atom = output(picked)["weekly.atom"].decode()
    assert ids(picked) == before
    assert all(re.fullmatch(r"tag:weekly\.example\.org,2019:cloud-native(/issue/2019-W50)?", uid) for uid in before)
    assert 'href="https://new.example.net/w/weekly.atom"' in atom
    assert 'href="https://weekly.example.org/' not in atom


@pytest.mark.parametrize("place", ["issues", "issues/2019-W50"])
def test_O06_a_link_leads_nobody_out_of_the_output(picked, tmp_path, place):
    """A symbolic link below output/: exit 5, nothing appears or vanishes behind it; without it all is written."""
    behind = tmp_path / "elsewhere"
    (behind / "2019-W50").mkdir(parents=True)
    for folder in (behind, behind / "2019-W50"):
        (folder / ".theirs.part").write_text("theirs")
    (picked.folder / "output" / place).parent.mkdir(parents=True)
    (picked.folder / "output" / place).symlink_to(behind)

    assert "symbolic link" in picked.run("publish", code=5).stderr

    assert sorted(path.name for path in behind.rglob("*")) == [".theirs.part", ".theirs.part", "2019-W50"]
    (picked.folder / "output" / place).unlink()
    picked.run("publish")
    assert list(output(picked)) == FILES


def test_O11_what_is_not_ours_is_left_alone(picked):
    """Whatever lies in output/, hidden or not, above or beside the issues."""
    names = ["robots.txt", ".well-known/x", "issues/index.html", "issues/2019-W50/cover.png", ".upload.part"]
    for name in names:
        path = picked.folder / "output" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("theirs")

    picked.run("publish")
    picked.run("publish", "--rerender")

    assert {name: output(picked).get(name) for name in names} == dict.fromkeys(names, b"theirs")
    assert len(output(picked)) == len(names) + len(FILES)


def test_O10_a_web_server_can_read_everything(picked):
    """Files 0644 and folders 0755, output/ itself among them, whatever the umask of the editor is."""
    before = os.umask(0o077)
    try:
        picked.run("publish")
    finally:
        os.umask(before)

    root = picked.folder / "output"
    modes = {str(path.relative_to(root)): oct(path.stat().st_mode & 0o777) for path in (root, *root.rglob("*"))}
    assert modes == {
        ".": "0o755", "issues": "0o755", "issues/2019-W50": "0o755", **dict.fromkeys(FILES, "0o644"),
    }  # fmt: skip


PLACES = {
    "another zone and a Turkish locale": {"TZ": "Asia/Kolkata", "LC_ALL": "tr_TR.UTF-8"},
    "no locale at all": {"TZ": "America/New_York", "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "HOME": "/nonexistent"},
}


@pytest.mark.parametrize("environment", PLACES.values(), ids=PLACES)
def test_O05_the_same_bytes_everywhere(picked, tmp_path, monkeypatch, environment):
    """Whoever publishes, wherever: the process, its folder and its environment have no say."""
    other = Weekly(tmp_path / "other")
    shutil.copytree(picked.folder, other.folder)
    picked.run("publish")
    monkeypatch.chdir(tmp_path)

    found = other.process("publish", **environment)

    assert (found.returncode, output(other)) == (0, output(picked)), found.stderr


def test_another_publish_keeps_us_out(picked):
    """Exit 4 names the holder; nothing is frozen or written. To look is allowed, and so is a poll."""
    with locked(lock_path(picked.folder / "db" / "feedhub.db", "publish"), "publish"):
        found = picked.run("publish", code=4)
        picked.run("publish", "--dry-run")

    assert re.search(r"another publish is running \(process \d+\)", found.stderr)
    assert (output(picked), len(picked.json("list", "--picked"))) == ({}, 2)


def test_a_publish_that_died_is_finished_by_the_next(picked):
    """What is frozen and not there is written; what is there stays."""
    picked.run("publish")
    whole = output(picked)
    root = picked.folder / "output"
    (root / FILES[2]).unlink()
    (root / FILES[0]).unlink()

    found = picked.run("publish")

    assert output(picked) == whole
    assert [line.rpartition("output/")[2] for line in found.stdout.splitlines()] == [FILES[0], FILES[2]]


def test_the_edition_is_a_whole_source(picked):
    """edition.json holds what any renderer needs, with ids for issue and items."""
    picked.run("publish")

    edition = json.loads(output(picked)[FILES[0]])

    assert (edition["uid"], edition["number"]) == ("tag:weekly.example.org,2019:cloud-native/issue/2019-W50", 1)
    items = [item for part in edition["parts"] for item in (*part.get("items", ()), *(
        item for inner in part.get("parts", ()) for item in inner["items"]))]  # fmt: skip
    assert [item["title"] for item in items] == ["调度框架的新扩展点", "缓存就在身边"]
    assert all(
        re.fullmatch(r"tag:weekly\.example\.org,2019:cloud-native/story/[0-9a-f]{16}", item["uid"]) for item in items
    )


def test_a_story_without_a_section_in_a_newsletter_without_any(newsroom):
    """Items then stand below the masthead, with no heading above them."""
    text = (newsroom.folder / "feeds.yaml").read_text(encoding="utf-8").partition("  sections:")[0]
    newsroom.write(FEEDS.replace(", section: up/Kubernetes", "").replace(", section: 业界要闻", ""), text=text)

    assert "item 1" in newsroom.run("pick", SIDECAR).stdout
    newsroom.run("publish")

    assert re.findall("^#+ ", output(newsroom)[FILES[1]].decode(), re.M) == ["# "]
