"""Checks C01 to C09: several people and a poll at work on one database, as processes; nobody loses anything."""

import itertools
import random
import re
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from conftest import HUB
from processes import ENTRIES, Silence, database_of, feedhub, looked_over, note_of, run
from sqlite_utils.utils import sqlite3

EDITORS = 6
SECONDS = 10.0
STATED_WAIT = 10.0
"""Seconds that a command waits for another one that writes (docs/commands.md)."""


@pytest.fixture
def silence() -> Iterator[Silence]:
    one = Silence()
    yield one
    one.close()


@pytest.fixture
def hub(farm, tmp_path) -> Path:
    """A hub of one feed that was polled: stories 1 to 20."""
    farm.keeps = 1
    farm.write(tmp_path, feeds=1)
    assert run(tmp_path, "poll")[0] == 0
    return tmp_path


@dataclass(frozen=True)
class Command:
    """A command that was run: what it was, how it ended, how long it took."""

    arguments: tuple[str, ...]
    code: int
    trouble: str
    seconds: float


def timed(folder: Path, *arguments: str, editor: str = "ed1") -> Command:
    began = time.monotonic()
    code, _, trouble = run(folder, *arguments, editor=editor)
    return Command(arguments, code, trouble, time.monotonic() - began)


def works(folder: Path, number: int, until: float, chance: random.Random) -> list[Command]:
    """Work as an editor: tag, annotate and list in turns, on any story."""
    done = []
    for turn in itertools.count():
        story = str(chance.randint(1, ENTRIES))
        what = (
            ("tag", story, "--add", f"tag-{number}-{turn}"),
            ("annotate", story, "--append", "--text", f"Note {turn} of editor {number}."),
            ("list", "--json"),
        )[turn % 3]
        done.append(timed(folder, *what, editor=f"ed{number}"))
        if time.monotonic() > until:
            return done
    raise AssertionError


def polls(folder: Path, until: float) -> list[Command]:
    done = [timed(folder, "poll", "--force")]
    while time.monotonic() < until:
        done.append(timed(folder, "poll", "--force"))
    return done


def tags_of(folder: Path) -> set[tuple[str, str]]:
    with closing(sqlite3.connect(str(database_of(folder)))) as db:
        return {(str(story), term) for story, term in db.execute("select story, term from tags")}


@pytest.mark.xdist_group("races")
def test_C01_six_editors_and_a_poll_work_at_once(hub, measured):
    """Nobody is told that the database is locked, nobody waits for long, and all that was acknowledged is there."""
    seed = random.randrange(1 << 32)
    until = time.monotonic() + SECONDS
    with ThreadPoolExecutor(EDITORS + 1) as pool:
        poller = pool.submit(polls, hub, until)
        editors = [pool.submit(works, hub, number, until, random.Random(seed + number)) for number in range(EDITORS)]
        polled, done = poller.result(), [command for editor in editors for command in editor.result()]
    slowest = sorted(command.seconds for command in done)
    measured(
        f"seed {seed}: {len(done)} commands beside {len(polled)} polls, half in {statistics.median(slowest):.2f} s, "
        f"95 % within {slowest[len(slowest) * 95 // 100]:.2f} s, all within {slowest[-1]:.2f} s"
    )

    assert [command for command in (*done, *polled) if command.code or re.search("locked|busy", command.trouble)] == []
    assert slowest[-1] < 10
    tags = {(story, tag) for command, story, _, tag in (done.arguments for done in done if done.arguments[0] == "tag")}
    assert tags <= tags_of(hub)
    for _, story, _, _, text in (command.arguments for command in done if command.arguments[0] == "annotate"):
        assert text in note_of(hub, int(story)).split("\n\n")
    assert looked_over(hub) == ENTRIES


def at_once(*calls: Callable[[], Command]) -> list[Command]:
    """Make calls at the same moment, each in a thread."""
    ready = threading.Barrier(len(calls))

    def call(one: Callable[[], Command]) -> Command:
        ready.wait()
        return one()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(call, calls))


@pytest.mark.xdist_group("races")
def test_C02_of_two_polls_at_one_moment_one_does_the_work(farm, tmp_path, measured):
    """The other one names the holder and exits 4, or comes after it; each feed is asked once by each that works."""
    farm.write(tmp_path, feeds=4)
    refused = []

    for _ in range(20):
        before = farm.requests.copy()
        both = at_once(*(lambda: timed(tmp_path, "poll", "--force") for _ in range(2)))
        asked = farm.requests - before

        working = sum(command.code == 0 for command in both)
        assert sorted(command.code for command in both) in ([0, 4], [0, 0]), both
        assert asked == {f"/{number}": working for number in range(4)}
        refused += [command for command in both if command.code == 4]

    assert refused
    measured(f"{len(refused)} of 20 refused, within {max(command.seconds for command in refused):.2f} s")
    for command in refused:
        assert re.search(r"another poll is running \(process \d+\)", command.trouble), command.trouble


def silent_hub(folder: Path, silence: Silence, feeds: int) -> None:
    """Make a folder a hub of feeds that never answer, beside the one that it has."""
    lines = "".join(
        f"  - {{name: silent-{number}, url: 'http://{silence.host}/{number}'}}\n" for number in range(feeds)
    )
    folder.joinpath("feeds.yaml").write_text(f"{HUB}feeds:\n{lines}network: {{allow: ['{silence.host}']}}\n")


@pytest.mark.xdist_group("races")
def test_C03_a_poll_that_is_stuck_keeps_others_away_until_it_dies(tmp_path, silence, measured):
    """The second poll exits 4 and asks nobody; when the first is killed, the third starts at once."""
    silent_hub(tmp_path, silence, feeds=8)

    with feedhub(tmp_path, "poll") as first:
        stuck = silence.taken(patience=20)
        second = timed(tmp_path, "poll", "--force")
        asked = silence.taken() - stuck
        first.kill()
        first.communicate(timeout=20)
    before = silence.taken()
    began = time.monotonic()
    with feedhub(tmp_path, "poll", "--force") as third:
        after = silence.taken(patience=20)
        waited = time.monotonic() - began
        third.kill()
        third.communicate(timeout=20)

    measured(f"the second was refused within {second.seconds:.2f} s, the third asked after {waited:.2f} s")
    assert stuck > 0
    assert (second.code, f"process {first.pid}" in second.trouble) == (4, True), second.trouble
    assert asked <= 1, "the first poll may have made one more connection meanwhile, the second none"
    assert after > before
    assert waited < 5


def kept_text(trouble: str) -> str:
    """Return what a command that gave up has kept, from the file that it names."""
    return Path(re.search(r"what you wrote is in (\S+)", trouble)[1]).read_text(encoding="utf-8")


@pytest.mark.xdist_group("races")
@pytest.mark.parametrize("trials", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_C05_of_two_editors_who_annotate_at_one_moment_none_loses_a_word(trials, farm, tmp_path, measured):
    """Who appends is heard with the other one; who does not is told to look again, and finds the text in a file."""
    farm.write(tmp_path, feeds=-(-trials // ENTRIES))
    assert run(tmp_path, "poll")[0] == 0
    refused = []

    for story in range(1, trials + 1):
        texts = [f"Editor {number} says something of {story}." for number in range(2)]
        added = ("--append",) if story % 2 else ()
        writers = (
            partial(timed, tmp_path, "annotate", str(story), "--text", text, *added, editor=f"ed{number}")
            for number, text in enumerate(texts)
        )
        both = at_once(*writers)

        note = note_of(tmp_path, story).split("\n\n")
        lost = [number for number, text in enumerate(texts) if text not in note]
        assert [command.code for command in both] == [75 if number in lost else 0 for number in range(2)], both
        assert len(lost) == (0 if added else 1), note
        refused += [(both[number], texts[number]) for number in lost]

    seconds = [command.seconds for command, _ in refused]
    measured(f"{len(refused)} of {trials} had to look again, and were told within {max(seconds):.2f} s")
    for command, text in refused:
        assert re.search(r"story \d+ has a note of ed[01].*--replace", command.trouble), command.trouble
        assert kept_text(command.trouble) == text


@pytest.mark.xdist_group("races")
@pytest.mark.parametrize("rounds", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_C06_a_note_stays_while_its_entry_is_rewritten(rounds, hub, measured):
    """An editor adds to a note again and again, while every poll finds the entry with another text."""
    over = threading.Event()

    def rewrite() -> list[Command]:
        done = []
        while not over.is_set():
            done.append(timed(hub, "poll", "--force"))
        return done

    with ThreadPoolExecutor(1) as pool:
        poller = pool.submit(rewrite)
        try:
            done = [timed(hub, "annotate", "7", "--append", "--text", f"Line {turn}.") for turn in range(rounds)]
        finally:
            over.set()
        polled = poller.result()

    with closing(sqlite3.connect(str(database_of(hub)))) as db:
        ((rewritten,),) = db.execute(
            "select count(*) from revisions join entries on entries.id = entry where story = 7"
        )
    measured(f"{rounds} notes beside {len(polled)} polls, which rewrote the entry {rewritten} times")
    assert [command for command in (*done, *polled) if command.code] == []
    assert rewritten > 1
    assert note_of(hub, 7) == "\n\n".join(f"Line {turn}." for turn in range(rounds))


@pytest.mark.xdist_group("races")
def test_C08_who_waits_for_an_outsider_gives_up_in_time_and_readers_do_not_wait(hub, measured):
    """While another program holds the write lock, annotate waits as long as it says, exits 75 and keeps the text."""
    lists = []
    with closing(sqlite3.connect(str(database_of(hub)), isolation_level=None)) as outsider:
        outsider.execute("begin immediate")
        with ThreadPoolExecutor(1) as pool:
            writer = pool.submit(timed, hub, "annotate", "3", "--text", "为什么重要")
            while not writer.done():
                lists.append(timed(hub, "list", "--json"))
            refused = writer.result()
        outsider.execute("rollback")
    free = timed(hub, "annotate", "3", "--text", "为什么重要")

    measured(
        f"annotate gave up after {refused.seconds:.1f} s; the slowest of {len(lists)} lists took "
        f"{max(command.seconds for command in lists):.2f} s"
    )
    assert refused.code == 75
    assert re.fullmatch(r"feedhub: .*busy.*try again; what you wrote is in \S+\n", refused.trouble), refused.trouble
    assert kept_text(refused.trouble) == "为什么重要"
    assert STATED_WAIT * 0.9 < refused.seconds < STATED_WAIT + 5
    assert len(lists) > 5
    assert {command.code for command in lists} == {0}
    assert max(command.seconds for command in lists) < STATED_WAIT / 2
    assert (free.code, note_of(hub, 3)) == (0, "为什么重要")


@pytest.mark.xdist_group("races")
def test_C09_a_poll_that_waits_for_a_silent_feed_makes_no_editor_wait(hub, silence, measured):
    """Annotate is as quick beside a poll that is stuck in the network as without one."""

    def usual() -> float:
        done = [timed(hub, "annotate", "5", "--append", "--text", "again") for _ in range(5)]
        assert {command.code for command in done} == {0}
        return statistics.median(command.seconds for command in done)

    alone = usual()
    silent_hub(hub, silence, feeds=2)
    with feedhub(hub, "poll", "--force") as poll:
        assert silence.taken(patience=20)
        beside = usual()
        stuck = poll.poll() is None
        poll.kill()
        poll.communicate(timeout=20)

    measured(f"annotate takes {alone:.2f} s, and {beside:.2f} s beside a poll that waits")
    assert stuck
    assert beside <= 3 * alone + 0.5
