"""The benchmark kit: its corpus is the same everywhere and holds feeds, and its polls are what their names say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from feedhub.model.feed import Response
from feedhub.reading import feeds

BENCH = Path(__file__).parents[1] / "bench"
FEEDS = 6


def bench(script: str, *arguments: object) -> str:
    """Run a script of the kit and return what it prints."""
    command = [sys.executable, str(BENCH / script), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A corpus of six feeds, one of which has news in its one later revision."""
    folder = tmp_path_factory.mktemp("corpus")
    bench("corpus.py", folder, "--feeds", FEEDS, "--revisions", 1)
    return folder


def test_a_corpus_is_the_same_every_time(corpus, tmp_path):
    """The same arguments make the same files, byte by byte: figures of two machines are of the same work."""
    bench("corpus.py", tmp_path, "--feeds", FEEDS, "--revisions", 1)

    files = sorted(path.relative_to(corpus) for path in corpus.rglob("*") if path.is_file())
    assert len(files) == 1 + FEEDS + 1
    assert all((corpus / name).read_bytes() == (tmp_path / name).read_bytes() for name in files)


def test_a_corpus_holds_feeds_and_news(corpus):
    """Each file is a feed of ten entries or more, as its declared type says; the later revision has other entries."""
    media = json.loads((corpus / "feeds.json").read_text())

    def entries(revision: int, number: int) -> set[str | None]:
        body = (corpus / str(revision) / str(number)).read_bytes()
        found = feeds.read(Response(200, "http://127.1.0.1/feed", {"content-type": media[number]}, body))
        return {entry.title for entry in found.entries}

    assert all(len(entries(0, number)) >= 10 for number in range(FEEDS))
    (changed,) = (int(file.name) for file in (corpus / "1").iterdir())
    assert entries(1, changed) - entries(0, changed)


def test_a_poll_is_measured_in_every_scenario(corpus):
    """What the server counted is what each scenario promises: bodies, 304s, one feed with news, bodies again."""
    lines = bench("polls.py", corpus, "--rounds", 1).splitlines()

    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    found = [dict(zip(head, row, strict=True)) for row in rows]
    answers = {row["scenario"]: (row["200"], row["304"]) for row in found}
    assert answers == {"cold": ("6", "0"), "quiet": ("0", "6"), "changed": ("1", "5"), "unchanged": ("6", "0")}
    assert all(float(row["CPU s"]) > 0 and float(row["MB largest"]) > 10 for row in found)
    assert int(found[0]["entries"]) >= 60


def test_look_ups_are_measured():
    """On a database of two thousand stories: what a look-up takes, and that it finds what is there in other words."""
    size, time, busy, found = bench("likeness.py", "--stories", 2000, "--lookups", 40).splitlines()

    assert size.startswith("2000 stories of 60 days, ")
    assert 0 < float(busy.split()[5]) <= 1.5 * float(time.split()[3]) < 50
    assert int(found.split()[-4]) > 90
