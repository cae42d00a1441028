"""Check I01: feeds whose entries change ids, links, titles, dates and order, from the hostile server."""

import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from feedhub.store.connection import open_store, rows

NOW = datetime(2026, 1, 6, tzinfo=UTC)
SCENARIOS = 30
BROKEN_TURN = 1
"""At the second poll three of the feeds are broken: an empty one, an HTML page, a 500."""


@pytest.fixture
def hostile(shared) -> Iterator[str]:
    """The host and port of the hostile server, which ends with the test."""
    command = [sys.executable, str(shared / "hostile/hostile_server.py"), "--max-seconds", "300"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield f"127.0.0.1:{json.loads(server.stdout.readline())['port']}"
        finally:
            server.terminate()


def scenarios(host: str) -> dict[str, list[int]]:
    """Return the feeds, and how many entries each should have in the store after each of its polls."""
    with urllib.request.urlopen(f"http://{host}/_manifest", timeout=10) as answer:
        cases = json.load(answer)
    return {case["path"].removeprefix("/feed/"): case["ideal"] for case in cases if case["group"] == "identity"}


def entries_of_each(database: Path) -> dict[str, int]:
    """Return how many entries the store has of each feed."""
    with closing(open_store(database)) as db:
        counts = rows(
            db, "select feeds.name, count(*) as entries from entries join feeds on feeds.id = feed group by 1"
        )
    return {row["name"]: row["entries"] for row in counts}


def test_I01_each_feed_has_the_entries_that_it_should_have_after_each_poll(weekly, hostile):
    """All feeds at once, so that none may touch another's entries; and none is announced as new a second time."""
    ideal = scenarios(hostile)
    weekly.now = NOW
    feeds = "\n".join(f"  - {{name: {name}, url: 'http://{hostile}/feed/{name}'}}" for name in ideal)
    weekly.write(feeds, f"network: {{allow: ['{hostile}']}}\n")
    found: dict[str, list[int]] = {name: [] for name in ideal}
    announced: Counter[str | None] = Counter()

    for turn in range(max(map(len, ideal.values()))):
        due = [name for name in ideal if turn < len(ideal[name])]
        polled = weekly.run(
            "poll", "--force", "--json", *(f"--feed={name}" for name in due), code=int(turn == BROKEN_TURN)
        )
        for one in map(json.loads, polled.stdout.splitlines()):
            announced[one.get("name")] += one["new"]
        counts = entries_of_each(weekly.folder / "db/feedhub.db")
        for name in due:
            found[name].append(counts.get(name, 0))

    assert len(ideal) == SCENARIOS
    assert found == ideal
    assert {name: announced[name] for name in ideal} == {name: counts[-1] for name, counts in ideal.items()}
