"""Checks D01 and D02, and O02 in small: kill -9 at any moment loses nothing that was told to be done."""

import itertools
import random
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from conftest import Weekly
from processes import ENTRIES, FEEDS, acts_of, looked_over, note_of, run, run_and_kill_at, run_or_kill

LANES = 2
FRESH_AFTER = 8
"""After so many kills a lane starts with no database again."""


@pytest.fixture
def chance(measured) -> random.Random:
    """A seeded generator."""
    seed = random.randrange(1 << 32)
    measured(f"seed {seed}")
    return random.Random(seed)


def few_and_many(few: int, many: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("kills", [few, pytest.param(many, marks=pytest.mark.slow)])


def seconds_of(folder: Path, arguments: Sequence[str]) -> float:
    """Run a command to its end and return how long it took."""
    began = time.monotonic()
    code, _, trouble = run(folder, *arguments)
    assert code == 0, trouble
    return time.monotonic() - began


def in_lanes(number: int) -> list[range]:
    """Share out so many turns among the lanes."""
    return [range(lane, number, LANES) for lane in range(LANES)]


def kill_polls(folder: Path, delays: list[float]) -> list[tuple[int, int]]:
    """Poll, kill, look the database over; return how each poll ended, and how many entries there were then."""
    ends = []
    count = 0
    for turn, delay in enumerate(delays):
        if turn % FRESH_AFTER == 0:
            shutil.rmtree(folder / "db", ignore_errors=True)
            count = 0
        code = run_or_kill(folder, delay, "poll", "--force", TMPDIR=str(folder / "tmp"))
        before, count = count, looked_over(folder)
        assert count >= before, f"{before} entries, and {count} after a kill"
        ends.append((code, count))
    return ends


@pytest.mark.xdist_group("kills")
@few_and_many(50, 500)
def test_D01_a_poll_that_is_killed_leaves_a_sound_database(kills, farm, chance, measured, tmp_path):
    """Nothing is damaged or lost, one more poll brings the full set, and nothing is left lying about."""
    folders = [tmp_path / f"lane-{number}" for number in range(LANES)]
    for folder in folders:
        farm.write(folder)
        (folder / "tmp").mkdir()
    with ThreadPoolExecutor(LANES) as pool:
        usual = max(pool.map(partial(seconds_of, arguments=("poll", "--force")), folders))
        delays = [[chance.uniform(0, 1.2 * usual) for _ in turns] for turns in in_lanes(kills)]
        began = time.monotonic()
        ends = list(itertools.chain(*pool.map(kill_polls, folders, delays)))
    rate = kills / (time.monotonic() - began) * 60
    killed, early = sum(code == -9 for code, _ in ends), sum(not count for _, count in ends)
    measured(
        f"a poll takes {usual:.2f} s; of {kills}, {rate:.0f} a minute, {killed} were killed, {early} with no entry yet"
    )

    assert killed > kills / 10
    assert early < kills
    for folder in folders:
        code, _, trouble = run(folder, "poll", "--force")
        assert (code, looked_over(folder)) == (0, FEEDS * ENTRIES), trouble
        assert sorted(path.name for path in (folder / "db").iterdir()) == ["feedhub.db", "feedhub.poll.lock"]
        assert list((folder / "tmp").iterdir()) == []


def kill_notes(folder: Path, lane: int, delays: list[float]) -> list[tuple[int, str]]:
    """Annotate and kill; return the stories and texts of the notes that were said to be written."""
    kept = []
    for turn, delay in enumerate(delays):
        story, text = (lane + turn) % ENTRIES + 1, f"<{lane}.{turn} {'云原生' * 300} {lane}.{turn}>"
        code = run_or_kill(folder, delay, "annotate", str(story), "--append", "--text", text, editor=f"ed{lane}")
        if code == 0:
            kept.append((story, text))
    return kept


def is_whole(text: str) -> bool:
    """Tell whether a note ends with the mark that it begins with."""
    return text.startswith("<") and text.endswith(">") and text[1:].split()[0] == text[:-1].split()[-1]


@pytest.mark.xdist_group("kills")
@few_and_many(50, 500)
def test_D02_a_note_that_was_acknowledged_is_there(kills, farm, chance, measured, tmp_path):
    """Editors are killed while they annotate, several at once: what one was told is written is there, in whole."""
    farm.write(tmp_path, feeds=1)
    seconds_of(tmp_path, ("poll",))
    with ThreadPoolExecutor(LANES) as pool:
        usual = max(pool.map(lambda lane: seconds_of(tmp_path, ("tag", str(lane + 1), "--add", "warm")), range(LANES)))
        delays = [[chance.uniform(0.3, 3) * usual for _ in turns] for turns in in_lanes(kills)]
        began = time.monotonic()
        kept = list(itertools.chain(*pool.map(kill_notes, itertools.repeat(tmp_path), range(LANES), delays)))
    rate = kills / (time.monotonic() - began) * 60
    measured(f"a command takes {usual:.2f} s; of {kills}, {rate:.0f} a minute, {kills - len(kept)} were killed")

    assert 0 < len(kept) < kills
    assert looked_over(tmp_path) == ENTRIES
    notes = {story: note_of(tmp_path, story) for story in range(1, ENTRIES + 1)}
    assert [text for story, text in kept if text not in notes[story]] == []
    parts = [part for note in notes.values() if note for part in note.split("\n\n")]
    assert all(map(is_whole, parts))
    assert len(parts) == len([act for act in acts_of(tmp_path) if act == "annotate"])


def published_files(folder: Path) -> dict[str, bytes]:
    """Return what is in output/, by path."""
    found = (path for path in (folder / "output").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def is_hidden(name: str) -> bool:
    """Tell whether a file is one that is not finished yet: no web server shows it."""
    return Path(name).name.startswith(".")


def kill_a_publish(weekly: Weekly, chance: random.Random, usual: float, *, at_sight: bool) -> None:
    """Publish and kill: after a while, or as soon as something is to be seen of it and at most 4 ms later."""
    issues, clock = weekly.folder / "output/issues", {"FEEDHUB_NOW": weekly.now.isoformat()}
    if not at_sight:
        run_or_kill(weekly.folder, chance.uniform(0.5, 1.1) * usual, "publish", **clock)
        return
    known = set(issues.iterdir())
    pause = chance.uniform(0, 0.004)
    run_and_kill_at(weekly.folder, lambda: set(issues.iterdir()) != known, pause, "publish", **clock)


@pytest.mark.xdist_group("kills")
@few_and_many(20, 200)
def test_O02_a_publish_that_is_killed_is_finished_by_the_next_one(kills, farm, chance, measured, weekly):
    """Whatever the moment: each file is whole, the old one or the new one, and the next publish completes them."""
    farm.write(weekly.folder, feeds=-(-kills // ENTRIES))
    weekly.run("poll")
    weekly.run("pick", "1")
    usual = seconds_of(weekly.folder, ("publish",))
    halves = 0

    for turn in range(1, kills):
        weekly.now += timedelta(weeks=1)
        weekly.run("pick", str(turn + 1))
        before = published_files(weekly.folder)
        kill_a_publish(weekly, chance, usual, at_sight=turn % 2 == 0)
        after = published_files(weekly.folder)
        weekly.run("publish")
        complete = published_files(weekly.folder)

        assert [name for name in complete if is_hidden(name)] == []
        shown = [name for name in after if not is_hidden(name)]
        assert [name for name in shown if after[name] not in (before.get(name), complete[name])] == []
        assert sum(name.endswith("edition.json") for name in complete) == turn + 1
        weekly.run("publish", "--verify")
        halves += before != after != complete
    measured(f"a publish takes {usual:.2f} s; {halves} of {kills} were killed between two files")
