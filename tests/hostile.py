"""The hostile server of ../shared, hubs that poll it, and feedhub as a process whose costs are measured."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

from conftest import HUB
from sqlite_utils.utils import sqlite3

NOW = datetime(2026, 1, 6, tzinfo=UTC)
"""A day after the first entries of the hostile feeds."""
COMPANION = "/feed/companion"
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Site:
    """A hostile server that is running: where it listens, where it logs, and how to get to where it is."""

    port: int
    canary: int
    process: int
    folder: Path
    enter: tuple[str, ...] = ()
    """What a command begins with that must run beside the server, in its network namespace."""

    @property
    def allow(self) -> list[str]:
        """What feeds.yaml must allow; nobody listens on the second, which libcurl tries first for *.localhost."""
        return [f"127.0.0.1:{self.port}", f"[::1]:{self.port}"]

    def url(self, path: str, client: str = "", host: str = "127.0.0.1") -> str:
        """Return a path's address; a client has state and log of its own, and any *.localhost is a host of its own."""
        return f"http://{host}:{self.port}{f'/c/{client}' if client else ''}{path}"

    def ask(self, control: str) -> Any:
        """Return what a control address of the server says."""
        with urllib.request.urlopen(self.url(control), timeout=30) as answer:
            text = answer.read().decode()
        return json.loads(text) if text.startswith(("[", "{")) else text

    def fetch(self, path: str) -> bytes:
        """Return what a path says, once."""
        with urllib.request.urlopen(self.url(path, "fetch"), timeout=30) as answer:
            return bytes(answer.read())

    def turn(self, now: datetime) -> None:
        """Set the server's clock, so that its dates and ours are of one day."""
        self.ask(f"/_clock?offset={now.timestamp() - time.time():.0f}")

    def asked(self, client: str = "", path: str = "") -> list[dict[str, Any]]:
        """Return the requests that a client made, of one path if so asked, in their order.

        A request that is under way has no `status` yet; from within a namespace it comes with its end only.
        """
        log = self.folder / "log.jsonl"
        file = log.read_text().splitlines() if self.enter and log.exists() else ()
        found = map(json.loads, file) if self.enter else self.ask("/_log")
        wanted = f"/c/{client}{path}" if client else path
        mine = [one for one in found if (not client or one["client"] == client) and (not path or one["key"] == wanted)]
        return sorted(mine, key=lambda one: one["seq"])

    def canary_hits(self) -> list[str]:
        """Return what was asked of the listeners that nobody may reach."""
        return [f"{one['local']} {one['target']}" for one in self.asked() if one["role"] == "canary"]


@contextmanager
def serving(script: Path, folder: Path, *options: str, inside: Sequence[str] = ()) -> Iterator[Site]:
    """Run the hostile server until the end of the block; `inside` is the command that makes it a namespace."""
    folder.mkdir(parents=True, exist_ok=True)
    ready = folder / "ready.json"
    server = [sys.executable, str(script), "--ready-file", str(ready), "--log", str(folder / "log.jsonl")]
    env = {**os.environ, "TMPDIR": str(folder)}  # where its secret file is
    command = [*inside, *server, "--max-seconds", "900", *options]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = json.loads(process.stdout.readline())
            enter = ("nsenter", "-t", str(said["pid"]), "-n", "-m") if inside else ()
            yield Site(said["port"], said["canary"], said["pid"], folder, enter)
        finally:
            process.terminate()


def header(request: dict[str, Any], name: str) -> str | None:
    """Return a header of a request in the log."""
    return next((value for key, value in request["headers"] if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class Run:
    """A command that has ended, and what it cost."""

    code: int
    out: str
    err: str
    seconds: float
    cpu: float
    """Seconds, of all its processes."""
    peak: int
    """Bytes, of the largest of its processes."""

    @property
    def polls(self) -> dict[str, dict[str, Any]]:
        """The objects of `poll --json` by the names of their feeds; the summary is called ""."""
        return {one.get("name", ""): one for one in map(json.loads, self.out.splitlines())}


@dataclass
class Hub:
    """A folder with a feeds.yaml, and the commands run in it as processes."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    enter: Sequence[str] = ()

    def write(self, urls: dict[str, str], allow: Iterable[str], **network: str) -> "Hub":
        """Write feeds.yaml."""
        self.folder.mkdir(parents=True, exist_ok=True)
        feeds = "".join(f"  - {{name: {name}, url: {json.dumps(url)}}}\n" for name, url in urls.items())
        limits = "".join(f"  {key}: {value}\n" for key, value in network.items())
        text = f"{HUB}feeds:\n{feeds}network:\n  allow: {json.dumps(list(allow))}\n{limits}"
        (self.folder / "feeds.yaml").write_text(text, encoding="utf-8")
        return self

    def run(self, *arguments: str, now: datetime = NOW, stdin: int = subprocess.DEVNULL) -> Run:
        """Run a command to its end, for four minutes at most, and measure it."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("FEEDHUB_")}
        env |= {"FEEDHUB_NOW": now.isoformat(), "FEEDHUB_EDITOR": "ed1", "HOME": str(self.folder), **self.environment}
        command = [*self.enter, sys.executable, "-m", "feedhub", "--hub", str(self.folder), *arguments]
        with (self.folder / "out").open("w+b") as out, (self.folder / "err").open("w+b") as err:
            started = time.monotonic()
            process = subprocess.Popen(command, env=env, cwd=self.folder, stdin=stdin, stdout=out, stderr=err)
            status, cpu, peak = _watch(process, started + 240)
            seconds = time.monotonic() - started
        said, trouble = ((self.folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        return Run(os.waitstatus_to_exitcode(status), said, trouble, seconds, cpu, peak)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what the database says."""
        with closing(sqlite3.connect(str(self.folder / "db/feedhub.db"))) as db:
            return list(db.execute(sql, values))

    def change(self, sql: str) -> None:
        """Change what the database says."""
        with closing(sqlite3.connect(str(self.folder / "db/feedhub.db"))) as db, db:
            db.execute(sql)

    def titles(self) -> dict[str, list[str]]:
        """Return the titles of the entries in the store by the names of their feeds, as they are numbered."""
        found: dict[str, list[str]] = {}
        for name, title in self.rows("select name, e.title from entries e join feeds f on f.id = feed order by e.id"):
            found.setdefault(name, []).append(title)
        return found

    def states(self, now: datetime = NOW) -> dict[str, dict[str, Any]]:
        """Return what `status --json` says by the names of the feeds."""
        return {one["name"]: one for one in map(json.loads, self.run("status", "--json", now=now).out.splitlines())}

    def written(self, *apart: str) -> bytes:
        """Return every byte in the folder, but of the files that are named."""
        files = sorted(path for path in self.folder.rglob("*") if path.is_file() and path.name not in apart)
        return b"".join(path.read_bytes() for path in files)


def _watch(process: subprocess.Popen[bytes], until: float) -> tuple[int, float, int]:
    """Wait for a process; return its wait status, the CPU time of its tree and the peak of its largest process."""
    peak = 0
    while True:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            process.returncode = os.waitstatus_to_exitcode(status)
            return status, usage.ru_utime + usage.ru_stime, peak
        if time.monotonic() > until:
            process.kill()
        peak = max(peak, *map(_peak, _tree(process.pid)))
        time.sleep(0.02)


def _tree(process: int) -> Iterator[int]:
    yield process
    try:
        children = [file.read_text().split() for file in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return  # It has ended meanwhile.
    for child in chain.from_iterable(children):
        yield from _tree(int(child))


def _peak(process: int) -> int:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in status.splitlines() if line.startswith("VmHWM")), 0)
