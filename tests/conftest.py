"""What tests share: a store, an internet that is a dict, a loopback server, and a weekly to run commands in."""

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings

from feedhub import config
from feedhub.cli import cli
from feedhub.model.feed import NoResponse, Request, Response
from feedhub.model.hub import Hub
from feedhub.store.connection import open_store

# On a busy machine an example takes as long as it takes; the first one imports what it needs, and builds tables.
settings.register_profile("patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

TUESDAY = datetime(2019, 12, 10, 10, tzinfo=UTC)
SHARED = Path(__file__).parents[2] / "shared"

HUB = """
newsletter:
  title: 云原生周报
  id: tag:weekly.example.org,2019:cloud-native
  language: zh-CN
  home: https://weekly.example.org/
  contact: editors@weekly.example.org
  timezone: Asia/Shanghai
  sections:
    - 业界要闻
    - {id: upstream, title: {zh-CN: 上游重要进展, en: Upstream}, alias: up, groups: [Kubernetes, Knative]}
    - 本周阅读推荐
"""


@pytest.fixture(autouse=True)
def quiet_environment(monkeypatch, tmp_path):
    """No setting of whoever runs the tests has a say in them."""
    for name in list(os.environ):
        if name.startswith("FEEDHUB_") and name != "FEEDHUB_REQUIRE_SHARED":
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def store(tmp_path):
    """An empty database."""
    db = open_store(tmp_path / "feedhub.db")
    yield db
    db.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real material; tests that need it are skipped without it, but never in CI."""
    if not SHARED.is_dir():
        if os.environ.get("FEEDHUB_REQUIRE_SHARED"):
            pytest.fail("FEEDHUB_REQUIRE_SHARED is set, and ../shared is not there")
        pytest.skip("needs ../shared")
    return SHARED


def make_hub(feeds: str = "", text: str = HUB) -> Hub:
    """Return a hub with these feeds, as lines of YAML."""
    return config.parse(text + ("feeds:\n" + feeds if feeds else ""))


class Internet(dict):
    """Addresses and what is there: a Response, a NoResponse, or nothing (no such host)."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Request] = []

    def __call__(self, requests, may_start=lambda _: True) -> Iterator[tuple[int, Response | NoResponse]]:
        """Answer as the door does."""
        for place, request in enumerate(requests):
            if not may_start(place):
                continue
            self.asked.append(request)
            yield place, self.get(request.url, NoResponse("the host name does not resolve"))


@pytest.fixture
def internet() -> Internet:
    """An internet with nothing in it."""
    return Internet()


@dataclass
class Reply:
    """What the loopback server says at a path."""

    body: bytes | str = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Server:
    """A real HTTP server on loopback: paths and replies; `requests` are the paths and headers that were asked for."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.http.block_on_close = False
        self.host = f"127.0.0.1:{self.http.server_port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        """Write the reply for a path."""
        reply = self.replies.get(handler.path, Reply(b"nothing here", 404))
        body = reply.body.encode() if isinstance(reply.body, str) else reply.body
        etag = reply.headers.get("ETag")
        if reply.status == 200 and etag and handler.headers.get("If-None-Match") == etag:
            reply, body = Reply(b"", 304, reply.headers), b""
        handler.send_response(reply.status)
        for name, value in ({"Content-Length": str(len(body))} | reply.headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def server():
    """A loopback server with nothing on it."""
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


class Weekly:
    """A hub in a folder, and the commands run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = TUESDAY

    def write(self, feeds: str = "", more: str = "", text: str = HUB) -> None:
        """Write feeds.yaml: feeds as lines of YAML, more top-level keys after them."""
        (self.folder / "feeds.yaml").write_text(text + (f"feeds:\n{feeds}\n" if feeds else "") + more, encoding="utf-8")

    def run(
        self, *arguments: str, code: int = 0, editor: str = "ed1", stdin: str | None = None, **environment: str
    ) -> Result:
        """Run a command as ed1 at self.now; fail when it does not end with the code."""
        env = {"FEEDHUB_NOW": self.now.isoformat(), "FEEDHUB_EDITOR": editor, **environment}
        found = CliRunner().invoke(cli, ["--hub", str(self.folder), *arguments], input=stdin, env=env)
        if found.exception and not isinstance(found.exception, SystemExit):
            raise found.exception
        assert found.exit_code == code, f"{arguments} ended with {found.exit_code}\n{found.stdout}\n{found.stderr}"
        return found

    def json(self, *arguments: str, code: int = 0, editor: str = "ed1") -> list[dict]:
        """Run a command with --json and return its objects."""
        return [
            json.loads(line) for line in self.run(*arguments, "--json", code=code, editor=editor).stdout.splitlines()
        ]

    def process(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as run does, in a process of its own."""
        env = {**os.environ, "FEEDHUB_NOW": self.now.isoformat(), "FEEDHUB_EDITOR": "ed1", **environment}
        command = [sys.executable, "-m", "feedhub", "--hub", str(self.folder), *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, encoding="utf-8", check=False)


@pytest.fixture
def weekly(tmp_path) -> Weekly:
    """A folder with a feeds.yaml that lists no feeds yet."""
    folder = tmp_path / "weekly"
    folder.mkdir()
    one = Weekly(folder)
    one.write()
    return one


@pytest.fixture(scope="session")
def polled_newsroom(tmp_path_factory) -> Path:
    """The folder that `newsroom` copies."""
    import newsroom  # which imports from here

    return newsroom.make(tmp_path_factory.mktemp("newsroom"))


@pytest.fixture
def newsroom(weekly, polled_newsroom) -> Weekly:
    """A weekly whose feeds were polled, as tests/newsroom.py says, and which nobody has worked on yet."""
    from newsroom import FEEDS

    shutil.copytree(polled_newsroom, weekly.folder, dirs_exist_ok=True)
    weekly.write(FEEDS)
    return weekly


@pytest.fixture
def farm():
    """Loopback hosts with thirty feeds on them, for processes to poll."""
    import processes  # which imports from here

    one = processes.Farm()
    yield one
    one.close()


@pytest.fixture(scope="module")
def site(shared, tmp_path_factory):
    """The hostile server of ../shared, for the tests of one file."""
    import hostile  # which imports from here

    with hostile.serving(shared / "hostile/hostile_server.py", tmp_path_factory.mktemp("server")) as one:
        yield one


@pytest.fixture
def measured(request) -> Callable[[str], None]:
    """Say what was measured, or which seed there was: pytest shows it with a test that failed (or with -rP)."""
    return partial(request.node.add_report_section, "call", "measured")


def rss(*items: str, title: str = "A feed") -> str:
    """Return an RSS 2.0 document of items."""
    return f'<rss version="2.0"><channel><title>{title}</title><link>https://a.example/</link>{"".join(items)}</channel></rss>'


def item(number: int, title: str | None = None, **fields: str) -> str:
    """Return an RSS item: guid, link and title from its number, unless said otherwise; an empty field is left out."""
    said = {
        "guid": f"urn:a:{number}",
        "link": f"https://a.example/{number}",
        "title": title or f"Entry {number}",
        "pubDate": f"{4 + number // 24 % 6:02} Dec 2019 {number % 24:02}:00:00 GMT",
        "description": f"What entry {number} says.",
        **fields,
    }
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in said.items() if value) + "</item>"
