"""Reader processes, which can be killed: every body that the poll has to read is read in one of them.

What a body does to its reader is this feed's failure and nobody else's. They are started afresh, not forked (libcurl
and SQLite are open here), at the first body that needs one.
"""

import contextlib
import os
import select
import signal
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from feedhub.model.feed import Failed, Response
from feedhub.pollers.messages import pack, unpack

if TYPE_CHECKING:
    import subprocess

Task = TypeVar("Task")

_COMMAND = (sys.executable, "-P", "-m", "feedhub.pollers.reader")  # -P: whatever lies in this folder is not ours
_SECONDS = 20
_MUCH = 8 << 20
_SLOW = 0.5
_MOST_WAITING = 16 << 20
_PIECE = 1 << 20
_PATIENCE_AT_END = 200
"""Hundredths of a second for an idle reader to end by itself."""


@dataclass
class _Reader(Generic[Task]):
    process: "subprocess.Popen[bytes]"
    task: Task | None = None
    since: float = 0.0
    received: bytearray = field(default_factory=bytearray)

    def fileno(self) -> int:
        """Return what select waits for."""
        assert self.process.stdout is not None  # noqa: S101 - it was started with a pipe
        return self.process.stdout.fileno()


class Readers(Generic[Task]):
    """A few reader processes; give them responses, take what they read, in whatever order it comes."""

    def __init__(self, most: int = 2, seconds: float = _SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._readers: list[_Reader[Task]] = []
        self._waiting: deque[tuple[Task, Response, str]] = deque()
        self._bytes = 0

    def __enter__(self) -> "Readers[Task]":
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers:
            _end(reader)

    def __bool__(self) -> bool:
        return bool(self._waiting) or any(reader.task is not None for reader in self._readers)

    @property
    def is_full(self) -> bool:
        """Whether so much waits to be read that more should not be fetched meanwhile."""
        return self._bytes > _MOST_WAITING

    def read(self, task: Task, response: Response, kind: str = "feed") -> None:
        """Have a response read as what `reader.READ` calls by that kind; `task` comes back with what was read."""
        self._waiting.append((task, response, kind))
        self._bytes += len(response.body)
        self._give_out()

    def ready(self, patience: float = 0.0) -> Iterator[tuple[Task, Any]]:
        """Yield what was read by now, waiting so many seconds at most for the first: Failed, or as its kind is read."""
        busy = [reader for reader in self._readers if reader.task is not None]
        for reader in select.select(busy, (), (), patience)[0] if busy else ():
            yield from self._take(reader)
        late = time.monotonic() - self._seconds
        for reader in busy:
            if reader in self._readers and reader.task is not None and reader.since < late:
                yield self._give_up(reader, f"reading it took longer than {self._seconds:.0f} s")
        self._give_out()

    def _take(self, reader: _Reader[Task]) -> Iterator[tuple[Task, Any]]:
        piece = os.read(reader.fileno(), _PIECE)
        reader.received += piece
        outcome = unpack(reader.received) if piece else None
        if not piece:
            yield self._give_up(reader, _cause(reader))
        elif outcome is not None and reader.task is not None:
            task, reader.task, reader.received = reader.task, None, bytearray()
            yield task, outcome

    def _give_up(self, reader: _Reader[Task], reason: str) -> tuple[Task, Failed]:
        self._readers.remove(reader)
        _end(reader)
        assert reader.task is not None  # noqa: S101 - only busy readers are given up
        return reader.task, Failed(reason)

    def _give_out(self) -> None:
        """Give waiting responses to idle readers, starting as many as there is work for."""
        while self._waiting:
            idle = next((reader for reader in self._readers if reader.task is None), None)
            if idle is None and not self._needs_another():
                return
            idle = idle or self._start()
            task, response, kind = self._waiting.popleft()
            try:
                _send(idle, (kind, response))
            except OSError:  # It died while it was idle; the next one will do.
                self._readers.remove(idle)
                _end(idle)
                self._waiting.appendleft((task, response, kind))
                continue
            idle.task, idle.since = task, time.monotonic()
            self._bytes -= len(response.body)

    def _needs_another(self) -> bool:
        """Tell whether to start one more: the first does a quiet hour's work; others cost what a start costs."""
        slow = any(time.monotonic() - reader.since > _SLOW for reader in self._readers)
        return len(self._readers) < self._most and (not self._readers or slow or self._bytes > _MUCH)

    def _start(self) -> _Reader[Task]:
        import subprocess  # 10 ms, which a quiet poll does not need

        process = subprocess.Popen(_COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ourselves
        reader: _Reader[Task] = _Reader(process)
        self._readers.append(reader)
        return reader


def _cause(reader: _Reader[Task]) -> str:
    """Say why a reader died."""
    if reader.process.wait() == -signal.SIGXCPU:
        return "reading it takes more computing than any feed does"
    return "its reader died of it (out of memory, or a crash)"


def _send(reader: _Reader[Task], message: tuple[str, Response]) -> None:
    assert reader.process.stdin is not None  # noqa: S101 - it was started with a pipe
    reader.process.stdin.write(pack(message))
    reader.process.stdin.flush()


def _end(reader: _Reader[Task]) -> None:
    """End a reader: one that is idle ends by itself when nothing more can come."""
    if reader.task is not None:
        reader.process.kill()
    for pipe in (reader.process.stdin, reader.process.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):  # What it was not sent any more goes with it.
                pipe.close()
    for _ in range(_PATIENCE_AT_END):
        if reader.process.poll() is not None:
            return
        time.sleep(0.01)
    reader.process.kill()
    reader.process.wait()
