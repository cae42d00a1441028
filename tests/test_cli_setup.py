"""init, demo, help, and the exit codes: what somebody new meets first."""

import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import feedparser
import pytest
from click.testing import CliRunner
from conftest import Weekly
from newsroom import CACHE

from feedhub import __version__, config
from feedhub.cli import COMMANDS, cli
from feedhub.store.connection import lock_path, locked


def command(name: str) -> click.Command:
    """Return a command by its name, or a part of one: feed add."""
    found: click.Command = cli
    for word in name.split():
        found = found.get_command(click.Context(found), word)
    return found


NAMES = [
    *COMMANDS,
    *(f"{name} {part}" for name in COMMANDS for part in getattr(command(name), "commands", ())),
]


# init


def test_init_writes_a_hub_that_works(weekly, tmp_path):
    """feeds.yaml loads, with feeds, each in a section; db/ and output/ are there; list and status have no complaint."""
    folder = tmp_path / "new" / "weekly"

    found = weekly.run("init", str(folder))

    assert found.stdout == f"{folder / 'feeds.yaml'}\n"
    assert sorted(path.name for path in folder.iterdir()) == ["db", "feeds.yaml", "output"]
    hub = config.load(folder / "feeds.yaml")
    sections = {section.id for section in hub.newsletter.sections}
    assert len(hub.feeds) > 10
    assert {feed.section.partition("/")[0] for feed in hub.feeds} <= sections
    assert all(feed.url.startswith("https://") for feed in hub.feeds)
    assert len(Weekly(folder).json("status")) == len(hub.feeds)


def test_init_says_who_polls_and_what_to_change(weekly, tmp_path):
    """The contact is git's address; the id that never changes has its domain and the year; a person is told."""
    (tmp_path / "gitconfig").write_text("[user]\n\temail = ann@news.example\n", encoding="utf-8")

    found = weekly.run("init", str(tmp_path / "new"), GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"))

    letter = config.load(tmp_path / "new" / "feeds.yaml").newsletter
    assert letter.contact == "ann@news.example"
    assert letter.id.startswith("tag:news.example,2019:")
    assert "ann@news.example" in found.stderr
    assert f"cd {tmp_path / 'new'} && feedhub poll" in found.stderr


@pytest.mark.parametrize("address", ["", "no address", "a@b: {x: y}", "a@b.c # no"])
def test_init_never_writes_a_file_that_does_not_load(weekly, tmp_path, address):
    """Whatever git has for an address: what is none is not used."""
    (tmp_path / "gitconfig").write_text(f'[user]\n\temail = "{address}"\n', encoding="utf-8")

    weekly.run("init", str(tmp_path / "new"), GIT_CONFIG_GLOBAL=str(tmp_path / "gitconfig"))

    assert re.fullmatch(r"\S+@\S+", config.load(tmp_path / "new" / "feeds.yaml").newsletter.contact)


def test_init_here_and_never_over_something(weekly, tmp_path, monkeypatch):
    """Without DIR it is this folder; a feeds.yaml that is there stays as it is, exit 2."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    weekly.run("init")
    (here / "feeds.yaml").write_text("mine\n", encoding="utf-8")
    found = weekly.run("init", code=2)

    assert "stays as it is" in found.stderr
    assert (here / "feeds.yaml").read_text(encoding="utf-8") == "mine\n"


def test_init_where_nothing_can_be_written(weekly, tmp_path):
    """Exit 5, and the path."""
    (tmp_path / "file").write_text("x")

    assert str(tmp_path / "file") in weekly.run("init", str(tmp_path / "file" / "new"), code=5).stderr


# demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[Weekly, click.testing.Result]:
    """The demo's folder, and what it said."""
    folder = tmp_path_factory.mktemp("demo") / "week"
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("FEEDHUB_DB", raising=False)
        found = CliRunner().invoke(cli, ["demo", str(folder)], catch_exceptions=False)
    assert found.exit_code == 0, found.output
    return Weekly(folder), found


@pytest.mark.xdist_group("demo")
def test_the_demo_ends_with_an_issue(demo):
    """24 items: in the Markdown, in the feed that readers get, and in what it says."""
    weekly, found = demo
    issue = (weekly.folder / "output/issues/2019-W50/issue.md").read_text(encoding="utf-8")
    feed = feedparser.parse((weekly.folder / "output/weekly.atom").read_bytes())

    assert "published No. 31 (2019-W50) with 24 items" in found.stdout
    assert len(re.findall(r"^\*\*\[.*\]\(<http.*>\)\*\*$", issue, re.M)) == 24
    assert re.findall(r"^## (.*)$", issue, re.M) == ["业界要闻", "上游重要进展", "开源项目推荐", "本周阅读推荐"]
    (entry,) = feed.entries
    assert (feed.bozo, len([link for link in entry.links if link.rel == "related"])) == (False, 24)
    assert entry.id == "tag:weekly.example.org,2019:cloud-native/issue/2019-W50"
    assert [author.name for author in entry.authors] == ["陆行舟", "许知夏", "沈青禾"]


@pytest.mark.xdist_group("demo")
def test_the_demos_second_poll_brings_nothing(demo):
    """An hour later every feed but two, which ask for more time, says the same; publishing again writes nothing."""
    weekly, found = demo
    first, second = re.findall(r"(\d+) of (\d+) feeds visited: (\d+) new, (\d+) changed, (\d+) failed", found.stderr)

    assert (first[:2], first[4]) == (("20", "20"), "0")
    assert second == ("18", "20", "0", "0", "0")
    states = weekly.json("status")
    assert {state["state"] for state in states} == {"ok"}
    assert {state["name"] for state in states if state["checked"] < "2019-12-12T11:00:00Z"} == {
        "enhancements-1.17", "kubernetes-merges",
    }  # fmt: skip
    assert "every file is what its edition renders to" in found.stderr
    assert weekly.run("publish", "--verify").stdout == ""


@pytest.mark.xdist_group("demo")
def test_the_demo_replaces_its_own_folder_and_nobody_elses_database(demo, tmp_path):
    """Twice in one place gives the same issue; a FEEDHUB_DB of the editor's own is not the demo's to work on."""
    weekly, _ = demo
    before = (weekly.folder / "output/issues/2019-W50/issue.md").read_bytes()
    mine = tmp_path / "mine.db"
    mine.write_text("not the demo's")

    found = CliRunner().invoke(cli, ["demo", str(weekly.folder)], env={"FEEDHUB_DB": str(mine)})

    assert (found.exit_code, mine.read_text()) == (0, "not the demo's"), found.output
    assert (weekly.folder / "output/issues/2019-W50/issue.md").read_bytes() == before


def test_the_demo_leaves_other_folders_alone(weekly, tmp_path):
    """Anything in it that no demo made: exit 2, and it stays."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "feeds.yaml").write_text("mine")

    assert "not a demo's" in weekly.run("demo", str(tmp_path / "mine"), code=2).stderr
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["feeds.yaml"]


# version and help


def test_the_program_and_the_module_are_the_same():
    """`feedhub --version` and `python -m feedhub --version` agree with the package."""
    ways = ([sys.executable, "-m", "feedhub"], [str(Path(sys.executable).parent / "feedhub")])

    said = {subprocess.check_output([*way, "--version"], text=True) for way in ways}

    assert said == {f"feedhub {__version__}\n"}


@pytest.mark.parametrize("name", NAMES)
def test_every_command_has_help_with_an_example(weekly, name):
    """Of the command itself, in its own words, with options that it has."""
    text = weekly.run(*name.split(), "--help").stdout

    _, colon, example = text.partition("Example")
    example = example.partition("\n\n")[0]
    assert colon
    assert re.search(rf"feedhub (--hub \S+ )?{name}\b", example)
    known = {option for param in command(called(name, example)).params for option in param.opts} | {"--hub"}
    assert set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", re.sub(r"'.*?'|\".*?\"| \| .*| && .*", "", example))) <= known


def called(name: str, example: str) -> str:
    """Return the part that an example of a group calls."""
    parts = [part for part in NAMES if part.startswith(f"{name} ") and f"feedhub {part}" in example]
    return parts[0] if parts else name


@pytest.mark.parametrize("name", [None, *NAMES])
def test_every_option_says_what_it_does(name):
    """In a sentence that ends like one."""
    options = [param for param in (command(name) if name else cli).params if isinstance(param, click.Option)]

    assert {option.opts[0]: option.help for option in options if not re.search(r"[.)]$", option.help or "")} == {}


def test_help_lists_every_command(weekly):
    """In a few lines each, and the smallest session that is useful."""
    text = weekly.run("--help").stdout

    assert re.findall(r"^  ([a-z]+)  ", text.partition("Commands:")[2], re.M) == list(COMMANDS)
    assert "feedhub init weekly" in text


def test_an_unknown_command_names_the_nearest(weekly):
    """Exit 2; options do so as well."""
    assert "did you mean poll" in weekly.run("pol", code=2).stderr
    assert "--section" in weekly.run("pick", "1", "--secton", "x", code=2).stderr


# exit codes


def refused_feed(weekly) -> None:
    weekly.write("  - {name: closed, url: 'http://127.0.0.1:9/feed'}")


def no_hub(weekly) -> None:
    (weekly.folder / "feeds.yaml").unlink()


def broken_hub(weekly) -> None:
    (weekly.folder / "feeds.yaml").write_text("- newsletter", encoding="utf-8")


def broken_database(weekly) -> None:
    (weekly.folder / "db" / "feedhub.db").write_bytes(b"no database" * 100)


def foreign_database(weekly) -> None:
    (weekly.folder / "db" / "feedhub.db").unlink()
    foreign = sqlite3.connect(weekly.folder / "db" / "feedhub.db")
    foreign.execute("create table theirs (x)")
    foreign.close()


def published(weekly) -> None:
    weekly.run("publish")


def output_is_a_file(weekly) -> None:
    (weekly.folder / "output").write_text("x", encoding="utf-8")


CODES = {
    "0: done": (None, ["list"], 0),
    "1: a feed failed": (refused_feed, ["poll"], 1),
    "1: a check found a difference": (published, ["publish", "--verify", "--output", "/nowhere"], 1),
    "2: no command": (None, [], 2),
    "2: an unknown option": (None, ["list", "--nwe"], 2),
    "2: an unknown story": (None, ["show", "99"], 2),
    "2: no feeds.yaml": (no_hub, ["list"], 2),
    "2: a feeds.yaml that is none": (broken_hub, ["list"], 2),
    "3: no database": (broken_database, ["list"], 3),
    "3: another program's database": (foreign_database, ["list"], 3),
    "3: a folder for a database": (None, ["--db", ".", "list"], 3),
    "5: a file where the output goes": (output_is_a_file, ["publish"], 5),
    "75: somebody else's note": (None, ["annotate", CACHE, "--text", "mine"], 75),
}


@pytest.mark.parametrize(("arrange", "arguments", "code"), CODES.values(), ids=CODES)
def test_T11_exit_code(newsroom, arrange, arguments, code):
    """As documented; what a person must mend is one line on stderr."""
    newsroom.run("annotate", CACHE, "--text", "theirs", editor="ed2")
    newsroom.run("pick", CACHE)
    if arrange:
        arrange(newsroom)

    found = newsroom.run(*arguments, code=code)

    if code > 2:
        assert re.fullmatch(r"feedhub: .+\n", found.stderr)


def test_T11_exit_code_4_is_for_whoever_comes_second(newsroom):
    """To poll and to publish, each with its own lock."""
    for what in ("poll", "publish"):
        with locked(lock_path(newsroom.folder / "db" / "feedhub.db", what), what):
            newsroom.run(what, code=4)


def test_the_database_may_be_anywhere(newsroom, tmp_path):
    """--db, FEEDHUB_DB; without them it is in the hub's folder."""
    (newsroom.folder / "db" / "feedhub.db").rename(tmp_path / "else where?.db")

    assert len(newsroom.json("--db", str(tmp_path / "else where?.db"), "list")) == 7
    assert len(newsroom.run("list", FEEDHUB_DB=str(tmp_path / "else where?.db")).stdout.splitlines()) == 7
    assert newsroom.json("list") == []
