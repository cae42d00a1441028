"""Reading bodies in processes of their own, which can be killed: the only place that starts any.

A body may make its reader loop, swell or crash; that is this feed's failure and nobody else's. Processes are spawned,
not forked (libcurl and SQLite are open here), at the first body that needs one.
"""

import multiprocessing
import resource
import signal
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Generic, TypeVar

from feedhub.errors import ReadingError
from feedhub.model.document import Document
from feedhub.model.feed import Failed, Fetched, Response
from feedhub.reading import feeds

Task = TypeVar("Task")

_SECONDS = 20
_MEMORY = 1 << 30
_SPAWN = multiprocessing.get_context("spawn")


@dataclass
class _Reader(Generic[Task]):
    process: SpawnProcess
    pipe: Connection
    task: Task | None = None
    until: float = 0.0


class Readers(Generic[Task]):
    """A few reader processes; give them responses, take what they read, in whatever order it comes."""

    def __init__(self, most: int = 2, seconds: float = _SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._readers: list[_Reader[Task]] = []
        self._waiting: deque[tuple[Task, Response]] = deque()

    def __enter__(self) -> "Readers[Task]":
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers:
            _end(reader)

    def __bool__(self) -> bool:
        return bool(self._waiting) or any(reader.task is not None for reader in self._readers)

    def read(self, task: Task, response: Response) -> None:
        """Have a response read; `task` comes back with what was read."""
        self._waiting.append((task, response))
        self._give_out()

    def ready(self, patience: float = 0.0) -> Iterator[tuple[Task, Fetched | Failed]]:
        """Yield what was read by now, waiting so many seconds at most for the first."""
        busy = {reader.pipe: reader for reader in self._readers if reader.task is not None}
        for pipe in wait(list(busy), patience) if busy else ():
            reader = busy[pipe]  # type: ignore[index]  # wait() returns what it was given
            yield self._take(reader)
        for reader in busy.values():
            if reader in self._readers and reader.task is not None and time.monotonic() > reader.until:
                yield self._give_up(reader, f"reading it took longer than {self._seconds:.0f} s")
        self._give_out()

    def _take(self, reader: _Reader[Task]) -> tuple[Task, Fetched | Failed]:
        try:
            outcome = reader.pipe.recv()
        except (EOFError, OSError):
            return self._give_up(reader, "its reader died of it (out of memory, or a crash)")
        task, reader.task = reader.task, None
        assert task is not None  # noqa: S101 - only busy readers are asked
        return task, outcome

    def _give_up(self, reader: _Reader[Task], reason: str) -> tuple[Task, Failed]:
        self._readers.remove(reader)
        _end(reader)
        assert reader.task is not None  # noqa: S101 - as above
        return reader.task, Failed(reason)

    def _give_out(self) -> None:
        """Give waiting responses to idle readers, starting as many as there is work for."""
        while self._waiting:
            idle = next((reader for reader in self._readers if reader.task is None), None)
            if idle is None and len(self._readers) >= self._most:
                return
            idle = idle or self._start()
            task, response = self._waiting.popleft()
            idle.task, idle.until = task, time.monotonic() + self._seconds
            try:
                idle.pipe.send(response)
            except OSError:  # It died while it was idle; the next one will do.
                self._readers.remove(idle)
                _end(idle)
                self._waiting.appendleft((task, response))

    def _start(self) -> _Reader[Task]:
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(target=_work, args=(theirs,), daemon=True)
        process.start()
        theirs.close()
        reader: _Reader[Task] = _Reader(process, ours)
        self._readers.append(reader)
        return reader


def read(response: Response) -> Fetched | Failed:
    """Read a response here and now."""
    try:
        document: Document = feeds.read(response)
    except ReadingError as error:
        return Failed(str(error))
    except MemoryError:
        return Failed("reading it took too much memory")
    return Fetched(document)


def _work(pipe: Connection) -> None:
    """Read what comes through a pipe until it closes; the main function of a reader process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us as well; who started us ends us.
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    _limit_time()
    try:
        while True:
            response = pipe.recv()
            _limit_time()
            pipe.send(read(response))
    except (EOFError, OSError):
        return


def _limit_time() -> None:
    """Let the kernel end us if the next body takes too long and who started us is no longer there to do it."""
    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 2 * _SECONDS, hard))


def _end(reader: _Reader[Task]) -> None:
    reader.pipe.close()
    if reader.task is not None:
        reader.process.kill()
    reader.process.join(5)
    reader.process.close()
