"""feedhub as processes, to be raced and killed, and loopback hosts for them to poll."""

import http.server
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from conftest import HUB, item, rss
from sqlite_utils.utils import sqlite3

FEEDS = 30
ENTRIES = 20
_HOSTS = 10
"""Loopback addresses that the feeds are on: a poll leaves a moment between two visits to one host."""


class _Host(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_: object) -> None:
        """Say nothing when a client was killed."""


class Farm:
    """Feeds of twenty entries, whose texts are other ones after every so many requests."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.keeps = 3
        farm = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                farm.requests[self.path] += 1
                feed = int(self.path.strip("/"))
                body = document(feed, (farm.requests[self.path] + feed) // farm.keeps).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._servers = [_Host((f"127.0.0.{number + 1}", 0), Handler) for number in range(_HOSTS)]
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.hosts = [f"{server.server_address[0]}:{server.server_port}" for server in self._servers]

    def write(self, folder: Path, feeds: int = FEEDS) -> None:
        """Make a folder a hub of these feeds."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = [
            f"  - {{name: feed-{number}, url: 'http://{self.hosts[number % _HOSTS]}/{number}', section: 业界要闻}}\n"
            for number in range(feeds)
        ]
        allowed = f"network: {{allow: [{', '.join(map(repr, self.hosts))}]}}\n"
        (folder / "feeds.yaml").write_text(f"{HUB}feeds:\n{''.join(lines)}{allowed}", encoding="utf-8")

    def close(self) -> None:
        """Let go of the hosts."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


def document(feed: int, version: int) -> str:
    """Return what a feed says in one version of its texts."""
    return rss(
        *(
            item(
                number,
                f"Entry {number} of feed {feed}",
                guid=f"urn:{feed}:{number}",
                link=f"https://feed-{feed}.example/{number}",
                description=f"Told in version {version}. " + "It says a lot. " * 20,
            )
            for number in range(ENTRIES)
        )
    )


class Silence:
    """A host that takes connections and never says a word."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._taken: list[socket.socket] = []
        self.host = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def taken(self, patience: float = 0.0) -> int:
        """Return how many connections were made, waiting so many seconds for one more."""
        while select.select([self._socket], [], [], patience)[0]:
            self._taken.append(self._socket.accept()[0])
            patience = 0.0
        return len(self._taken)

    def close(self) -> None:
        """Hang up."""
        for one in (*self._taken, self._socket):
            one.close()


@contextmanager
def feedhub(folder: Path, *arguments: str, editor: str = "ed1", **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in a process of its own, which is killed if it is still there at the end."""
    env = {**os.environ, "FEEDHUB_EDITOR": editor, **environment}
    with subprocess.Popen(
        [sys.executable, "-m", "feedhub", "--hub", str(folder), *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def run(folder: Path, *arguments: str, editor: str = "ed1", **environment: str) -> tuple[int, str, str]:
    """Run a command to its end; return its exit code, stdout and stderr."""
    with feedhub(folder, *arguments, editor=editor, **environment) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def run_or_kill(folder: Path, seconds: float, *arguments: str, **environment: str) -> int:
    """Run a command and kill -9 it after so many seconds; return its exit code, -9 when it was killed.

    Whoever it started has the other ends of its pipes: they are read to the end, so all of them have ended, too.
    """
    with feedhub(folder, *arguments, **environment) as process:
        try:
            _, trouble = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            _, trouble = process.communicate(timeout=20)
    assert process.returncode in (-9, 0), trouble
    return process.returncode


def run_and_kill_at(
    folder: Path, sight: Callable[[], bool], seconds: float, *arguments: str, **environment: str
) -> int:
    """Run a command and kill -9 it so many seconds after something can be seen; return its exit code."""
    with feedhub(folder, *arguments, **environment) as process:
        while process.poll() is None and not sight():
            time.sleep(0.0002)
        time.sleep(seconds)
        process.kill()
        _, trouble = process.communicate(timeout=20)
    assert process.returncode in (-9, 0), trouble
    return process.returncode


def database_of(folder: Path) -> Path:
    """Return where a hub has its database."""
    return folder / "db/feedhub.db"


HALVES = (
    "select id from entries where id not in (select entry from texts)",
    "select id from entries where id not in (select entry from keys)",
    "select id from stories where (select count(*) from entries where story = stories.id and is_primary) != 1",
    "select id from notes where id not in (select json_extract(value, '$[1]') from acts, json_each(changes))",
)
"""What there is when a transaction was cut in two."""


def looked_over(folder: Path) -> int:
    """Return how many entries a hub's database has, when nothing is wrong with it; none was made yet: 0."""
    path = database_of(folder)
    if not path.exists() or not path.stat().st_size:
        return 0
    with closing(sqlite3.connect(str(path))) as db:
        assert db.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert db.execute("pragma foreign_key_check").fetchall() == []
        made = {name for (name,) in db.execute("select name from sqlite_master where name in ('feeds', 'editions')")}
        assert len(made) == 2 * bool(db.execute("pragma user_version").fetchone()[0]), "a schema, half made"
        if not made:
            return 0
        for half in HALVES:
            assert db.execute(half).fetchall() == [], half
        return db.execute("select count(*) from entries").fetchone()[0]


def note_of(folder: Path, story: int, language: str = "zh-CN") -> str:
    """Return the note on a story."""
    with closing(sqlite3.connect(str(database_of(folder)))) as db:
        found = db.execute("select text from notes where story = ? and language = ?", [story, language]).fetchall()
    return found[0][0] if found else ""


def acts_of(folder: Path) -> list[str]:
    """Return what editors did, by command."""
    with closing(sqlite3.connect(str(database_of(folder)))) as db:
        return [command for (command,) in db.execute("select command from acts order by id")]
