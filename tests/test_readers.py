"""Reader processes: what they read comes back with its task, and what breaks one is that document's failure alone."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import item, rss

from feedhub.model.feed import Failed, Fetched, Response
from feedhub.pollers import reader
from feedhub.pollers import readers as module
from feedhub.pollers.readers import Readers

DIED = Failed("its reader died of it (out of memory, or a crash)")
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "items": [%s]}'
NO_FEED = "<!doctype html>" + " " * (6 << 20)


def response(body: str) -> Response:
    """Return an answer with a body."""
    return Response(200, "https://a.example/feed", {"content-type": "text/xml; charset=utf-8"}, body.encode())


def titles(outcome: Fetched | Failed) -> list[str | None]:
    """Return the titles of what was read."""
    assert isinstance(outcome, Fetched), outcome
    return [told.title for told in outcome.said]


def finish(readers: Readers[str]) -> dict[str, Fetched | Failed]:
    """Wait until everything is read."""
    found: dict[str, Fetched | Failed] = {}
    while readers:
        found |= dict(readers.ready(0.1))
    return found


def processes() -> set[int]:
    """Return the ids of the reader processes that there are."""
    children = (tasks.read_text().split() for tasks in Path(f"/proc/{os.getpid()}/task").glob("*/children"))
    return {int(pid) for pids in children for pid in pids}


def stop() -> set[int]:
    """Stop all reader processes, as a document would that keeps them busy; return their ids."""
    for pid in (stopped := processes()):
        os.kill(pid, signal.SIGSTOP)
    return stopped


def kill(pid: int) -> None:
    """Kill a process, and wait until it is dead."""
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def is_gone(pid: int) -> bool:
    """Tell whether there is no such process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_what_is_read_comes_with_its_task():
    """More documents than readers: each comes back once, with what it was given with; then nothing is left to do."""
    with Readers[str]() as readers:
        for number in range(6):
            readers.read(f"task {number}", response(rss(item(number, f"Entry {number}"))))
        assert readers
        found = finish(readers)

        assert {task: titles(outcome) for task, outcome in found.items()} == {
            f"task {number}": [f"Entry {number}"] for number in range(6)
        }
        assert not readers
        assert list(readers.ready()) == []


def test_a_document_is_read_as_it_is_read_here():
    """The way through a process changes nothing of a document."""
    answer = response(rss(item(1, "云原生", author="ann@a.example (Ann)"), item(2, "Two", category="news")))

    with Readers[str]() as readers:
        readers.read("a", answer)
        found = finish(readers)

    assert found["a"] == reader.read(answer)
    assert titles(found["a"]) == ["云原生", "Two"]


OTHERS = {
    "ical": "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:云原生\nDTSTART:20191211T080000Z\nEND:VEVENT\nEND:VCALENDAR\n",
    "github": '{"items": [{"title": "云原生", "html_url": "https://github.com/a/b/pull/1", "body": "*x*"}]}',
}


def test_other_kinds_are_read_as_what_they_are():
    """One after the other in the same process; what follows on an answer comes with it."""
    more = '<https://api.github.com/search/issues?page=2>; rel="next"'
    answers = {kind: Response(200, "https://api.github.com/search/issues", {"link": more}, body.encode())
               for kind, body in OTHERS.items()}  # fmt: skip

    with Readers[str](most=1) as readers:
        for kind, answer in answers.items():
            readers.read(kind, answer, kind)
        found = finish(readers)

    assert found == {kind: reader.read(answer, kind) for kind, answer in answers.items()}
    assert {kind: titles(outcome) for kind, outcome in found.items()} == {kind: ["云原生"] for kind in OTHERS}
    assert {kind: outcome.next is not None for kind, outcome in found.items()} == {"ical": False, "github": True}


def test_what_is_no_feed_fails():
    """A body in which no feed is found is a failure that says so; it needs no new reader."""
    with Readers[str](most=1) as readers:
        readers.read("page", response("<!doctype html><title>Hello</title>"))
        found = finish(readers)
        before = processes()
        readers.read("feed", response(rss(item(1))))
        found |= finish(readers)

        assert found["page"] == Failed("this is an HTML page, not a feed")
        assert titles(found["feed"]) == ["Entry 1"]
        assert processes() == before


def test_bodies_are_read_in_other_processes():
    """None is started before there is work, one does a little work, more are started for much, two at most."""
    with Readers[str](most=2) as readers:
        assert not processes()
        for task in "abc":
            readers.read(task, response(rss(item(1))))
        assert len(processes()) == 1
        for task in "def":
            readers.read(task, response(NO_FEED))

        assert len(processes()) == 2
        assert os.getpid() not in processes()
        assert finish(readers).keys() == set("abcdef")


def test_a_second_reader_is_started_when_the_first_one_takes_long(monkeypatch):
    """What is behind a long document does not wait for its end."""
    monkeypatch.setattr(module, "_SLOW", 0.0)
    with Readers[str](most=2) as readers:
        readers.read("slow", response(rss(item(1))))
        stop()
        readers.read("next", response(rss(item(2))))

        ((task, outcome),) = readers.ready(5)

    assert (task, titles(outcome)) == ("next", ["Entry 2"])


def test_readers_are_full_when_much_waits():
    """More should not be fetched meanwhile: memory is what waits there."""
    with Readers[str](most=1) as readers:
        readers.read("first", response(rss(item(1))))
        for number in range(3):
            assert not readers.is_full
            readers.read(f"{number}", response(NO_FEED))
        assert readers.is_full

        finish(readers)

        assert not readers.is_full


def test_an_idle_reader_gets_the_next_document():
    """One after the other, documents are read by one process, though there may be two."""
    with Readers[str](most=2) as readers:
        for task in "abc":
            readers.read(task, response(rss(item(1))))
            finish(readers)

        assert len(processes()) == 1


def test_a_reader_that_takes_too_long_is_killed_and_replaced():
    """A document that keeps its reader busy fails; the one behind it is read by a new reader."""
    start = time.monotonic()
    with Readers[str](most=1, seconds=2) as readers:
        readers.read("slow", response(rss(item(1))))
        readers.read("next", response(rss(item(1))))
        (slow,) = stop()

        found = finish(readers)

        assert is_gone(slow)
    assert found["slow"] == Failed("reading it took longer than 2 s")
    assert titles(found["next"]) == ["Entry 1"]
    assert time.monotonic() - start < 6


def test_a_reader_that_dies_fails_its_document_alone():
    """Whoever kills a reader (the kernel, when memory is short) makes one document fail."""
    with Readers[str](most=1) as readers:
        readers.read("deadly", response(rss(item(1))))
        readers.read("next", response(rss(item(1))))
        (pid,) = stop()
        kill(pid)

        found = finish(readers)

    assert found["deadly"] == DIED
    assert titles(found["next"]) == ["Entry 1"]


def test_a_reader_that_died_long_ago_fails_once():
    """Nobody looked until its time was over too: the document fails, and only once."""
    with Readers[str](most=1, seconds=0.2) as readers:
        readers.read("deadly", response(rss(item(1))))
        (pid,) = stop()
        kill(pid)
        time.sleep(0.25)

        ((task, outcome),) = readers.ready(1)
        assert (task, type(outcome)) == ("deadly", Failed)
        assert not readers


def test_a_reader_that_died_while_idle_is_replaced():
    """It took no document with it, so none fails."""
    with Readers[str](most=1) as readers:
        readers.read("a", response(rss(item(1))))
        finish(readers)
        (pid,) = processes()
        kill(pid)

        readers.read("b", response(rss(item(2))))
        found = finish(readers)

    assert titles(found["b"]) == ["Entry 2"]


def test_a_document_that_needs_too_much_memory_fails(capfd):
    """What swells in its reader fails, silently, and the next one is read."""
    with Readers[str](most=1) as readers:
        readers.read("small", response(rss(item(1))))
        finish(readers)
        (pid,) = processes()
        now = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()
        resource.prlimit(pid, resource.RLIMIT_AS, (now + (64 << 20), 1 << 30))
        readers.read("large", response(JSON_FEED % ('"ab",' * 2_000_000 + '""')))
        readers.read("next", response(rss(item(1))))

        found = finish(readers)

    assert isinstance(found["large"], Failed)
    assert titles(found["next"]) == ["Entry 1"]
    assert capfd.readouterr().err == ""


def test_a_bug_that_a_document_finds_is_its_own_failure(capfd):
    """Its reader says what and where it is, prints nothing, and reads on."""
    with Readers[str](most=1) as readers:
        readers.read("odd", response(rss(item(1))), "a kind that there is not")
        readers.read("next", response(rss(item(1))))

        found = finish(readers)

    assert re.fullmatch(r"reading it fails by a bug of feedhub \(KeyError at reader\.py:\d+\)", found["odd"].reason)
    assert titles(found["next"]) == ["Entry 1"]
    assert capfd.readouterr().err == ""


def test_a_reader_has_limits_of_its_own():
    """Memory and processor time end by themselves, should the poll that started it be killed."""
    with Readers[str](most=1) as readers:
        readers.read("a", response(rss(item(1))))
        finish(readers)
        (pid,) = processes()

        assert resource.prlimit(pid, resource.RLIMIT_AS) == (1 << 30, 1 << 30)
        assert resource.prlimit(pid, resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY


def test_leaving_ends_all_readers(monkeypatch):
    """Busy or idle, none is left behind."""
    monkeypatch.setattr(module, "_SLOW", 0.0)
    with Readers[str](most=2) as readers:
        readers.read("slow", response(rss(item(1))))
        stop()
        readers.read("a", response(rss(item(1))))
        readers.read("b", response(rss(item(1))))
        list(readers.ready(5))
        started = processes()
        assert len(started) == 2

    assert not processes()
    assert all(map(is_gone, started))


def interrupt() -> None:
    """Have something read that takes long, and be interrupted."""
    with Readers[str]() as readers:
        readers.read("slow", response(rss(item(1))))
        stop()
        raise KeyboardInterrupt


def test_an_error_ends_all_readers():
    """Whoever is interrupted leaves no process behind, and does not wait for it."""
    start = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        interrupt()

    assert not processes()
    assert time.monotonic() - start < 2


KILLED = """
import os, signal
from pathlib import Path
from feedhub.model.feed import Response
from feedhub.pollers.readers import Readers

if __name__ == "__main__":
    readers = Readers()
    readers.read("a", Response(200, body=b"nothing"))
    print(len(list(readers.ready(5))), Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_D01_a_reader_ends_with_the_poll_that_was_killed(tmp_path):
    """A poll that is killed leaves no idle reader behind: its pipe closes."""
    (tmp_path / "killed.py").write_text(KILLED)

    ended = subprocess.run([sys.executable, tmp_path / "killed.py"], stdout=subprocess.PIPE, timeout=10)

    read, pid = map(int, ended.stdout.split())
    assert (read, ended.returncode) == (1, -signal.SIGKILL)
    until = time.monotonic() + 5
    while not is_gone(pid) and time.monotonic() < until:
        time.sleep(0.02)
    assert is_gone(pid)
