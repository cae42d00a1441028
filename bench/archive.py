"""Measure whether polls cost more on a large archive: the same polls on a small database and on one of a million.

    python bench/archive.py CORPUS [--entries 1000000] [--rounds 5]

The archive is that of the very feeds that are polled: copies of their entries under other ids, links and titles, seen
long ago and gone since, each with a story, a key, a text and its place in the index. Promised is at most 1.3 times.
"""

import argparse
import shutil
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

import programs
from measuring import Server, measure, serving
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]  # pysqlite3 where it is installed, as in feedhub

PROMISED = 1.3

_SEEN = "strftime('%Y-%m-%dT%H:%M:%SZ', first_seen, '-' || (:copy * 7) || ' days')"
_TEXT = "coalesce(json_extract(said, '$.summary'), json_extract(said, '$.content'), '')"
_COPIED = {
    "stories": {"id": "id + :step", "uid": "uid || ':' || :copy", "first_seen": _SEEN},
    "entries": {
        "id": "id + :step",
        "story": "story + :step",
        "guid": "guid || '#' || :copy",
        "page": "page || '?' || :copy",
        "link": "link || '?' || :copy",
        "title": "title || ' ' || :copy",
        "title_key": "title_key || ' ' || :copy",
        "first_seen": _SEEN,
        "gone_since": _SEEN,
    },
    "texts": {"entry": "entry + :step", "said": f"json_object('summary', substr({_TEXT}, 1, 300))"},
    "keys": {"id": "id + :step", "key": "key || '?' || :copy", "entry": "entry + :step"},
}
"""What a copy of a row has other than the row; only rows that a poll made are copied."""
_INDEX = """
    insert into entry_search (rowid, title, body)
    select entries.id, title, json_extract(said, '$.summary') from entries join texts on texts.entry = entries.id
    where entries.id > :step and entries.id <= :step + :most
    """


def grow(database: Path, entries: int) -> None:
    """Copy what is in a database until it has so many entries."""
    with closing(sqlite3.connect(database, isolation_level=None)) as db:
        had, most = db.execute("select count(*), max(id) from entries").fetchone()
        most = max(most, *(db.execute(f"select max(id) from {name}").fetchone()[0] for name in ("stories", "keys")))
        db.execute("pragma synchronous = off")
        for copy in range(1, -(-entries // had)):
            values = {"copy": copy, "step": copy * most, "most": most}
            db.execute("begin")
            for name, others in _COPIED.items():
                columns = [row[1] for row in db.execute(f"pragma table_info({name})")]
                made = ", ".join(others.get(column, column) for column in columns)
                number = "entry" if name == "texts" else "id"
                db.execute(f"insert into {name} select {made} from {name} where {number} <= :most", values)
            db.execute(_INDEX, values)
            db.execute("commit")


def seconds(server: Server, folders: dict[str, Path], rounds: int) -> dict[tuple[str, str], list[float]]:
    """Poll each folder in turn, quiet and with 5 % of the feeds changed; return the processor seconds of each."""
    found: dict[tuple[str, str], list[float]] = {}
    for revision in range(1, rounds + 1):
        for scenario in ("quiet", "changed"):
            server.set(revision=revision - (scenario == "quiet"))
            for size, folder in folders.items():
                cost = measure(programs.poll(folder), folder / "log")
                found.setdefault((scenario, size), []).append(cost.cpu)
                print(f"{scenario} {size}: {cost.cpu:.2f} s", file=sys.stderr)
    return found


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name, serving(asked.corpus) as server:
        folders = {"small": Path(name) / "small", "large": Path(name) / "large"}
        folders["small"].mkdir()
        feedhub = programs.feedhub()
        feedhub.subscribe(folders["small"], server.feeds)
        measure(feedhub.command(folders["small"]), folders["small"] / "log")
        shutil.copytree(folders["small"], folders["large"])
        grow(folders["large"] / feedhub.database, asked.entries)
        sizes = {size: feedhub.entries(folder) for size, folder in folders.items()}
        found = seconds(server, folders, asked.rounds)
    print(f"| poll | {sizes['small']} entries, CPU s | {sizes['large']} entries | ratio (at most {PROMISED}) |")
    print("|---|---:|---:|---:|")
    for scenario in ("quiet", "changed"):
        small, large = (median(found[scenario, size]) for size in ("small", "large"))
        print(f"| {scenario} | {small:.2f} | {large:.2f} | {large / small:.2f} |")


if __name__ == "__main__":
    main()
