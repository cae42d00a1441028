"""What a command costs, with all the processes that it starts; and server.py, from its start to its end."""

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).parent
_SUBREAPER = 36
"""PR_SET_CHILD_SUBREAPER: processes that a command leaves behind become ours, and so are counted."""
_MOMENT = 0.02


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds and megabytes: `largest` is the peak of the largest process, `together` that of all at one moment.

    `busy` is what the whole machine spent meanwhile, the server and everybody else included.
    """

    wall: float
    cpu: float
    largest: float
    together: float
    busy: float


@dataclass(frozen=True, slots=True)
class Server:
    """A server under way: the addresses of its feeds, and where it is told how to behave."""

    feeds: tuple[str, ...]
    place: str

    def set(self, **settings: object) -> None:
        """Change how it behaves."""
        self._ask("set?" + "&".join(f"{name}={value}" for name, value in settings.items()))

    def counters(self) -> dict[str, float]:
        """Return what it counted since the last time."""
        return self._ask("counters")

    def _ask(self, what: str) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.place}/{what}", timeout=60) as answer:
            counted: dict[str, float] = json.load(answer)
            return counted


@contextmanager
def serving(corpus: Path) -> Iterator[Server]:
    """Serve a corpus, on a port that is free, for as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, str(_HERE / "server.py"), str(corpus), "--port", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise SystemExit(f"{' '.join(command)} did not start")
        yield Server(tuple(json.loads(line)), f"http://127.0.0.1:{port}")


def measure(command: Sequence[str], log: Path) -> Cost:
    """Run a command to its end; what it says goes to the log. One that fails ends the measuring."""
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    began, before, busy = time.perf_counter(), _children_seconds(), _busy_seconds()
    with log.open("ab") as file:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
    ended = threading.Event()
    peaks = _Peaks(process.pid, ended)
    peaks.start()
    code = process.wait()
    wall = time.perf_counter() - began
    ended.set()
    peaks.join()
    _end_group(process.pid)
    if code:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()[-3:]
        raise SystemExit(f"{command} ended with {code}: {' '.join(said)}")
    cpu, busy = _children_seconds() - before, _busy_seconds() - busy
    return Cost(wall, cpu, peaks.largest / 1024, peaks.together / 1024, busy)


def _end_group(number: int) -> None:
    """End what a command left behind; what it took counts."""
    with suppress(ProcessLookupError):
        os.killpg(number, signal.SIGKILL)
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-number, 0)


class _Peaks(threading.Thread):
    """Looks at the memory of a process and its descendants, every moment until it has ended."""

    def __init__(self, number: int, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self._number = number
        self._ended = ended
        self.largest = self.together = 0

    def run(self) -> None:
        """Look until the end."""
        while not self._ended.wait(_MOMENT):
            found = [_memory(number) for number in _tree(self._number)]
            self.largest = max([self.largest, *(peak for peak, _ in found)])
            self.together = max(self.together, sum(now for _, now in found))


def _tree(number: int) -> Iterator[int]:
    """Yield a process and its descendants, as far as they are there still."""
    yield number
    try:
        threads = list(Path(f"/proc/{number}/task").iterdir())
        children = [child for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _tree(int(child))


def _memory(number: int) -> tuple[int, int]:
    """Return the peak and the present resident size of a process in KiB; nothing when it has ended."""
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    said = {name: value for name, _, value in (line.partition(":") for line in lines)}
    return tuple(int(said.get(name, "0").split()[0]) for name in ("VmHWM", "VmRSS"))  # type: ignore[return-value]


def _children_seconds() -> float:
    """Return the processor seconds of all children that have ended, theirs included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy_seconds() -> float:
    """Return the processor seconds of this machine that were not idle."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")
