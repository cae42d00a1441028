"""Serve a corpus on loopback, each host on an address of its own (Linux has all of 127.0.0.0/8), until stdin ends.

    python bench/server.py CORPUS [--port 8100]

The first line printed is a JSON list of the feeds' addresses. At 127.0.0.1, on the same port, it is told how to behave:

    /set?revision=2              what the feeds say; a later revision keeps what did not change since the one before
    /set?validators=no           send no ETag and no Last-Modified, answer with the whole body always (yes: as usual)
    /set?delay=constant:0.05     seconds before an answer; lognormal:MEDIAN:SIGMA draws them; constant:0 is none
    /counters                    what was asked and answered since the last time, as JSON
"""

import argparse
import asyncio
import gzip
import hashlib
import json
import math
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from random import Random
from urllib.parse import parse_qsl, urlsplit

_FEEDS_PER_HOST = 1.25
_SLOWEST = 20.0
_EPOCH = 1_790_000_000
_REASONS = {200: "OK", 304: "Not Modified", 404: "Not Found"}


def address(number: int, feeds: int, port: int) -> str:
    """Return where a feed is; a fifth of the hosts have a second feed."""
    host = number % max(1, int(feeds / _FEEDS_PER_HOST))
    return f"http://127.1.{host // 250}.{host % 250 + 1}:{port}/{number}"


@dataclass(frozen=True, slots=True)
class Body:
    """What a feed says in a revision, ready to be sent."""

    plain: bytes
    packed: bytes
    media: str
    etag: str
    modified: str


def load(corpus: Path) -> list[dict[int, Body]]:
    """Return the bodies of each revision by the feeds' numbers."""
    media = json.loads((corpus / "feeds.json").read_text(encoding="utf-8"))
    revisions = sorted((folder for folder in corpus.iterdir() if folder.is_dir()), key=lambda folder: int(folder.name))
    return [{int(file.name): _body(file, media[int(file.name)]) for file in folder.iterdir()} for folder in revisions]


def _body(file: Path, media: str) -> Body:
    plain = file.read_bytes()
    etag = f'"{hashlib.sha256(plain).hexdigest()[:20]}"'
    modified = formatdate(_EPOCH + 3600 * int(file.parent.name), usegmt=True)
    return Body(plain, gzip.compress(plain, 3, mtime=0), media, etag, modified)


@dataclass(slots=True)
class Behaviour:
    """How the server behaves now, and what it counted."""

    revisions: list[dict[int, Body]]
    bodies: dict[int, Body]
    has_validators: bool = True
    delays: Iterator[float] | None = None
    counters: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    open: int = 0

    def set(self, name: str, value: str) -> None:
        """Take one setting."""
        if name == "revision":
            for revision in self.revisions[: int(value) + 1]:
                self.bodies = self.bodies | revision
        elif name == "validators":
            self.has_validators = value == "yes"
        elif name == "delay":
            self.delays = None if value == "constant:0" else _delays(*value.split(":"))
        else:
            raise ValueError(f"no setting {name}")

    def tell(self, target: str) -> bytes:
        """Take settings, or return the counters as JSON and begin anew."""
        url = urlsplit(target)
        for name, value in parse_qsl(url.query):
            self.set(name, value)
        counted = self.counters
        if url.path == "/counters":
            self.counters = defaultdict(float)
        return json.dumps(counted | {"processor": time.process_time()}).encode()

    def delay(self) -> float:
        """Return how long the answer to the request that came now is to wait."""
        seconds = next(self.delays) if self.delays else 0.0
        self.counters.setdefault("began", time.time())
        self.counters["delayed"] += seconds
        self.counters["slowest"] = max(self.counters["slowest"], seconds)
        return seconds

    def answer(self, target: str, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a request."""
        number = target.removeprefix("/")
        body = self.bodies.get(int(number)) if number.isdecimal() else None
        found = self._feed(body, asked) if body else (404, {}, b"")
        for name, more in (("requests", 1), (str(found[0]), 1), ("bytes", len(found[2]))):
            self.counters[name] += more
        self.counters["ended"] = time.time()
        return found

    def _feed(self, body: Body, asked: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        head = {"etag": body.etag, "last-modified": body.modified} if self.has_validators else {}
        since = asked.get("if-none-match") or asked.get("if-modified-since")
        if head and since in (body.etag, body.modified):
            return 304, head, b""
        head["content-type"] = body.media
        if "gzip" in asked.get("accept-encoding", ""):
            return 200, head | {"content-encoding": "gzip"}, body.packed
        return 200, head, body.plain


def _delays(kind: str, *numbers: str) -> Iterator[float]:
    rng = Random(kind)
    first, *more = map(float, numbers)
    draw: dict[str, Callable[[], float]] = {
        "constant": lambda: first,
        "lognormal": lambda: min(_SLOWEST, rng.lognormvariate(math.log(first), more[0])),
    }
    while True:
        yield draw[kind]()


class Connection(asyncio.Protocol):
    """One connection: requests one after the other, each answered after its delay."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # it is a stream's
        now = self._behaviour
        now.open += 1
        now.counters["connections"] += 1
        now.counters["most open"] = max(now.counters["most open"], now.open)

    def connection_lost(self, _: Exception | None) -> None:
        """Count it."""
        self._behaviour.open -= 1

    def data_received(self, chunk: bytes) -> None:
        """Answer when the request's head is whole; none that we serve has a body."""
        self._buffer += chunk
        head, end, rest = self._buffer.partition(b"\r\n\r\n")
        if not end:
            return
        self._buffer = rest
        first, *lines = head.decode("latin-1").split("\r\n")
        target = first.split(" ")[1]
        if target.startswith(("/set", "/counters")):
            self._send(200, {}, self._behaviour.tell(target))
            return
        asked = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        delay = self._behaviour.delay()
        if delay:
            asyncio.get_running_loop().call_later(delay, self._answer, target, asked)
        else:
            self._answer(target, asked)

    def _answer(self, target: str, asked: dict[str, str]) -> None:
        if not self._transport.is_closing():
            self._send(*self._behaviour.answer(target, asked))

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        if status != 304:
            headers = headers | {"content-length": str(len(body))}
        said = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._transport.write(f"HTTP/1.1 {status} {_REASONS[status]}\r\n{said}\r\n".encode() + body)


async def serve(corpus: Path, port: int) -> None:
    """Listen on every host's address, say where the feeds are, and answer until stdin ends."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    revisions = load(corpus)
    behaviour = Behaviour(revisions, revisions[0])
    loop = asyncio.get_running_loop()
    addresses = [address(number, len(revisions[0]), port) for number in range(len(revisions[0]))]
    for host in dict.fromkeys(["127.0.0.1", *(urlsplit(each).hostname for each in addresses)]):
        await loop.create_server(lambda: Connection(behaviour), host, port, backlog=512)
    print(json.dumps(addresses), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve what the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--port", type=int, default=8100)
    asked = parser.parse_args()
    asyncio.run(serve(asked.corpus, asked.port))


if __name__ == "__main__":
    main()
