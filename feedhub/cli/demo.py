"""demo: a recorded week from start to finish. Serves its own feeds on loopback; all else is what every hub does.

The week is in feedhub/demo/week: feeds (facts of December 2019, told in our own words), feeds.yaml, and the commands
that its three editors gave.
"""

import contextlib
import hashlib
import http.server
import io
import os
import shlex
import shutil
import threading
from collections.abc import Callable, Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import click

from feedhub.cli.output import columns, say
from feedhub.errors import UsageError
from feedhub.text.characters import one_line, shorten

_CLOSES = "2019-12-12T10:00:00Z"
_AN_HOUR_LATER = "2019-12-12T11:00:00Z"
_MARK = ".feedhub-demo"
_TYPES = {".json": "application/feed+json", ".atom": "application/atom+xml", ".rdf": "application/rdf+xml"}


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="feedhub-demo")
def demo_command(folder: Path) -> None:
    """Show a week from start to finish, without a network: poll, edit, publish, poll again.

    DIR gets feeds.yaml, db/ and output/; an earlier demo there is replaced, anything else is left alone.

    \b
    Example:
      feedhub demo /tmp/week && less /tmp/week/output/issues/2019-W50/issue.md
    """
    week = resources.files("feedhub.demo").joinpath("week")
    _prepare(folder)
    with _served(week.joinpath("feeds")) as port, _clock() as clock:
        (folder / "feeds.yaml").write_text(
            week.joinpath("feeds.yaml").read_text(encoding="utf-8").replace("PORT", str(port)), encoding="utf-8"
        )
        say("== Thursday, 2019-12-12: the hourly poll")
        clock(_CLOSES)
        _run(folder, "poll")
        say("\n== what came in: the latest of it")
        _run(folder, "list --new --limit 12")
        say("\n== the editors' week")
        for line in week.joinpath("desk.txt").read_text(encoding="utf-8").splitlines():
            _replay(folder, line)
        say("\n== the issue")
        _run(folder, "--editor ed1 publish")
        say("\n== an hour later: nothing changed upstream, nothing changes here")
        clock(_AN_HOUR_LATER)
        _run(folder, "poll --no-watch")
        _run(folder, "--editor ed1 publish")
        _run(folder, "publish --verify")
    _say_where(folder)


def _prepare(folder: Path) -> None:
    """Make the folder; clear it when it is an earlier demo's, refuse when it is anybody else's."""
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _MARK).is_file():
            raise UsageError(f"{folder} is not empty and not a demo's; name another folder: feedhub demo DIR")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text("made by `feedhub demo`, which may replace everything here\n", encoding="utf-8")


def _replay(folder: Path, line: str) -> None:
    if line.startswith("#"):
        say(one_line(line.lstrip("# ")))
    elif line.strip():
        with contextlib.redirect_stdout(io.StringIO()) as answer, contextlib.redirect_stderr(answer):
            _run(folder, line)
        command, *said = answer.getvalue().splitlines()
        say(command)
        say(shorten(f"  {one_line(said[-1])}", columns()))


def _run(folder: Path, line: str) -> None:
    """Run a command as the shell would, and show it."""
    from feedhub.cli import cli

    say(shorten(one_line(f"$ feedhub {line}"), columns()))
    here = ["--hub", str(folder), "--db", str(folder / "db" / "feedhub.db")]
    cli.main([*here, *shlex.split(line)], prog_name="feedhub", standalone_mode=False)


def _say_where(folder: Path) -> None:
    say("\n== the files")
    for path in sorted((folder / "output").rglob("*")):
        if path.is_file():
            say(f"{path.stat().st_size:8} bytes  {path}")
    say(f"\nLook around: feedhub --hub {folder} list, list --hidden, show 1, why 1, search 升级, log, status")


@contextlib.contextmanager
def _clock() -> Iterator[Callable[[str], None]]:
    """Set the clock of the commands below, and put it back."""
    before = os.environ.get("FEEDHUB_NOW")

    def set_clock(time: str) -> None:
        os.environ["FEEDHUB_NOW"] = time

    try:
        yield set_clock
    finally:
        if before is None:
            os.environ.pop("FEEDHUB_NOW", None)
        else:
            os.environ["FEEDHUB_NOW"] = before


@contextlib.contextmanager
def _served(feeds: Traversable) -> Iterator[int]:
    """Serve the recorded feeds on loopback, with validators; yields the port."""

    class Feeds(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.lstrip("/")
            if name not in {file.name for file in feeds.iterdir()}:
                self.send_error(404)
                return
            body = feeds.joinpath(name).read_bytes()
            etag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
            same = self.headers.get("If-None-Match") == etag
            self.send_response(304 if same else 200)
            self.send_header("ETag", etag)
            self.send_header("Content-Type", _TYPES.get(Path(name).suffix, "application/rss+xml"))
            self.send_header("Content-Length", "0" if same else str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if same else body)

        def log_message(self, *_: object) -> None:
            """Say nothing: the demo is about the client."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feeds) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
