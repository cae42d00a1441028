"""The programs that are measured: how each is told what to poll, how it polls once, and how many entries it has."""

import json
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

FEEDHUB = (sys.executable, "-m", "feedhub")

_HUB = """
newsletter:
  title: Measured
  id: tag:bench.example,2026:measured
  language: en
  home: https://bench.example/
  contact: editors@bench.example
  sections: [News]
feeds:
{feeds}
network:
  allow: {allow}
"""
_READER_ADD = "import sys, reader\nr = reader.make_reader(sys.argv[1])\nfor url in sys.argv[2:]: r.add_feed(url)"
_READER_POLL = "import sys, reader\nreader.make_reader(sys.argv[1]).update_feeds(scheduled=False)"


@dataclass(frozen=True, slots=True)
class Program:
    """A feed reader: it keeps all that it knows in one folder."""

    name: str
    subscribe: Callable[[Path, Sequence[str]], None]
    command: Callable[[Path], Sequence[str]]
    database: str
    table: str

    def entries(self, folder: Path) -> int:
        """Return how many entries it has stored."""
        with closing(sqlite3.connect(folder / self.database)) as db:
            return int(db.execute(f"select count(*) from {self.table}").fetchone()[0])


def feedhub(command: Sequence[str] = FEEDHUB) -> Program:
    """Return feedhub, by default this one."""
    return Program("feedhub", _list_feeds, lambda folder: poll(folder, command=command), "db/feedhub.db", "entries")


def poll(folder: Path, *arguments: str, command: Sequence[str] = FEEDHUB) -> list[str]:
    """Return the command that has feedhub poll all feeds of a folder, whatever their schedule."""
    return [*command, "--hub", str(folder), "poll", "--force", *arguments]


def _list_feeds(folder: Path, feeds: Sequence[str]) -> None:
    listed = "\n".join(f"  - {{name: f{number}, url: '{url}'}}" for number, url in enumerate(feeds))
    hosts = json.dumps(sorted({urlsplit(url).netloc for url in feeds}))
    (folder / "feeds.yaml").write_text(_HUB.format(feeds=listed, allow=hosts), encoding="utf-8")


def reader(python: str) -> Program:
    """Return lemon24/reader as that Python has it, with one worker: more of them take more processor time."""

    def subscribe(folder: Path, feeds: Sequence[str]) -> None:
        subprocess.run([python, "-c", _READER_ADD, str(folder / "db"), *feeds], check=True)

    return Program(
        "reader", subscribe, lambda folder: [python, "-c", _READER_POLL, str(folder / "db")], "db", "entries"
    )


def newsboat(command: str) -> Program:
    """Return newsboat, with eight threads."""

    def subscribe(folder: Path, feeds: Sequence[str]) -> None:
        (folder / "urls").write_text("\n".join(feeds) + "\n", encoding="utf-8")
        (folder / "config").write_text("reload-threads 8\ndownload-retries 1\n", encoding="utf-8")

    def reload(folder: Path) -> list[str]:
        places = ("-u", "urls", "-c", "cache.db", "-C", "config")
        files = [part if part.startswith("-") else str(folder / part) for part in places]
        return [*shlex.split(command), "-q", *files, "-x", "reload"]

    return Program("newsboat", subscribe, reload, "cache.db", "rss_item")
