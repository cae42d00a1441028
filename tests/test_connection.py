"""Opening the database: whose it is, and what is refused without a byte changed; writing and locking."""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from feedhub.errors import ChangedMeanwhileError, DatabaseRefusedError, LockedError, StorageError
from feedhub.store import connection, schema
from feedhub.store.connection import APPLICATION_ID, LATEST, lock_path, locked, open_store, rows, writing


def pragma(db, name):
    """Return what a pragma says."""
    return db.execute(f"pragma {name}").fetchone()[0]


def make(path: Path, *statements: str) -> Path:
    """Make a database of somebody."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()
    return path


def all_of(folder: Path) -> dict[str, str]:
    """Return what is in a folder: names and hashes."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "no file"
        for path in folder.rglob("*")
    }


def test_a_fresh_database_says_whose_it_is(tmp_path):
    """Application id, schema version, log, and keys that hold; the folder is made."""
    with closing(open_store(tmp_path / "db" / "feedhub.db")) as db:
        assert pragma(db, "application_id") == APPLICATION_ID == int.from_bytes(b"feed", "big")
        assert pragma(db, "user_version") == LATEST
        assert pragma(db, "journal_mode") == "wal"
        assert pragma(db, "foreign_keys") == 1
        assert pragma(db, "synchronous") == 2
        assert pragma(db, "integrity_check") == "ok"


@pytest.mark.parametrize("mask", [0o000, 0o077], ids=oct)
def test_D13_nobody_else_reads_the_database(tmp_path, mask):
    """The file, its log and its lock are for the one who runs this, whatever the umask."""
    before = os.umask(mask)
    try:
        with closing(open_store(tmp_path / "feedhub.db")) as db:
            with writing(db):
                db.execute("insert into stories (uid, first_seen) values ('a', 'b')")
            modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(["feedhub.db", "feedhub.db-wal", "feedhub.db-shm", "feedhub.poll.lock"], "0o600")


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path):
    """Opening it again makes nothing anew."""
    with closing(open_store(tmp_path / "feedhub.db")) as db, writing(db):
        db.execute("insert into stories (uid, first_seen) values ('a', 'b')")

    with closing(open_store(tmp_path / "feedhub.db")) as db:
        assert rows(db, "select uid from stories") == [{"uid": "a"}]


def jpeg(folder: Path) -> Path:
    path = folder / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)) * 4)
    return path


def directory(folder: Path) -> Path:
    (folder / "directory.db").mkdir()
    return folder / "directory.db"


def nowhere(folder: Path) -> Path:
    (folder / "link.db").symlink_to(folder / "nothing.db")
    return folder / "link.db"


def newer(folder: Path) -> Path:
    with closing(open_store(folder / "newer.db")) as db:
        db.execute(f"pragma user_version = {LATEST + 1}")
    (folder / "newer.poll.lock").unlink()
    return folder / "newer.db"


def newer_and_killed(folder: Path) -> Path:
    """Return a newer feedhub's database, as a process that was killed left it: with a log."""
    with tempfile.TemporaryDirectory() as elsewhere:
        busy = newer(Path(elsewhere))
        with closing(sqlite3.connect(busy)) as db:
            db.execute("insert into stories (uid, first_seen) values ('a', 'b')")
            db.commit()
            for name in ("newer.db", "newer.db-wal"):
                shutil.copy(busy.parent / name, folder / name)
    return folder / "newer.db"


def noise(folder: Path) -> Path:
    """Return a database of ours whose first page holds no schema any more."""
    with closing(open_store(folder / "noise.db")):
        pass
    (folder / "noise.poll.lock").unlink()
    whole = (folder / "noise.db").read_bytes()
    (folder / "noise.db").write_bytes(whole[:100] + b"\xa5" * 3000 + whole[3100:])
    return folder / "noise.db"


OTHERS = {
    "a photo": (jpeg, "is not a database of feedhub"),
    "one byte": (lambda folder: (folder / "one").write_bytes(b"S") and folder / "one", "is not a database of feedhub"),
    "a folder": (directory, "is not a file"),
    "a device": (lambda _: Path("/dev/null"), "is not a file"),
    "a link to nowhere": (nowhere, "is a link to nowhere"),
    "another program's database": (
        lambda folder: make(folder / "other.db", "create table stories (a)"),
        "is another program's database",
    ),
    "another program's database that says so": (
        lambda folder: make(folder / "other.db", "pragma application_id = 7", "create table stories (a)"),
        "is another program's database",
    ),
    "the start of a database": (
        lambda folder: (folder / "start.db").write_bytes(b"SQLite format 3\0") and folder / "start.db",
        "is another program's database",
    ),
    "made by a newer feedhub": (newer, f"made by a newer feedhub (schema {LATEST + 1}, this one knows {LATEST})"),
    "made by a newer feedhub that was killed": (newer_and_killed, "made by a newer feedhub"),
    "damaged": (noise, "restore a backup"),
}


@pytest.mark.parametrize(("lay", "reason"), OTHERS.values(), ids=OTHERS)
def test_D11_refused_untouched(tmp_path, lay, reason):
    """What is not ours, newer or broken is refused, named, and left as it is: no byte, no file more."""
    path = lay(tmp_path)
    before = all_of(tmp_path)

    with pytest.raises(DatabaseRefusedError, match=re.escape(reason)) as caught:
        open_store(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert caught.value.exit_code == 3
    assert all_of(tmp_path) == before


OLD_ROWS = (
    "insert into feeds (id, name, url, uid, body_hash, checked) values (1, 'a', 'https://a.example/', 'x', '1.00', ?)",
    "insert into feeds (id, name, url, uid, checked) values (2, 'b', 'https://b.example/', 'y', ?)",
    "insert into stories (id, uid, first_seen) values (1, 's', ?)",
)


def test_an_older_database_is_migrated_and_a_copy_of_it_kept(tmp_path):
    """What was known stays; a feed whose document was read has no backlog any more, any other one still has."""
    path, at = tmp_path / "feedhub.db", "2019-12-01T10:00:00Z"
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        schema.migrations.apply(Database(db, execute_plugins=False), stop_before="0002_way_in")
        for sql in OLD_ROWS:
            db.execute(sql, [at])
        db.commit()
        assert pragma(db, "user_version") == 1

    with closing(open_store(path)) as db:
        found = rows(db, "select checked, known_since, news_at, moved_polls from feeds order by id")
        kept = rows(db, "select uid, state, backlog from stories")
        assert (pragma(db, "user_version"), pragma(db, "integrity_check")) == (LATEST, "ok")

    assert [tuple(row.values()) for row in found] == [(at, at, at, 0), (at, None, None, 0)]
    assert kept == [{"uid": "s", "state": "new", "backlog": 0}]
    with closing(sqlite3.connect(tmp_path / "feedhub.schema-1.bak")) as copy:
        assert pragma(copy, "user_version") == 1
        assert copy.execute("select name from feeds order by id").fetchall() == [("a",), ("b",)]
    assert oct((tmp_path / "feedhub.schema-1.bak").stat().st_mode & 0o777) == "0o600"


def test_D11_an_empty_file_becomes_a_database(tmp_path):
    """As mktemp leaves it; so does one that died right after it was made ours."""
    (tmp_path / "empty.db").touch()
    make(tmp_path / "started.db", f"pragma application_id = {APPLICATION_ID}")

    for name in ("empty.db", "started.db"):
        with closing(open_store(tmp_path / name)) as db:
            assert rows(db, "select * from stories") == []


def test_a_sqlite_that_can_corrupt_is_refused(tmp_path, monkeypatch):
    """Versions with the WAL-reset bug are refused before anything is made."""
    monkeypatch.setattr(connection, "_SAFE_SINCE", (99, 0, 0))

    with pytest.raises(DatabaseRefusedError, match="WAL-reset bug"):
        open_store(tmp_path / "feedhub.db")

    assert all_of(tmp_path) == {}


NAMES = ["a b.db", 'x"y".db', "a\nb.db", *"it's.db what?.db 100%41.db a?mode=memory file:x.db 周报.db -x x".split()]


@pytest.mark.parametrize("name", NAMES)
def test_G08_names(tmp_path, monkeypatch, name):
    """A file of any name, in full or from here, is that file: nothing in it means something to SQLite."""
    monkeypatch.chdir(tmp_path)
    with closing(open_store(Path(name))) as db, writing(db):
        db.execute("insert into stories (uid, first_seen) values ('a', 'b')")

    with closing(open_store(tmp_path / name)) as db:
        assert rows(db, "select uid from stories") == [{"uid": "a"}]

    assert set(all_of(tmp_path)) == {name, str(lock_path(Path(name), "poll"))}


def test_G08_a_link_leads_to_the_database(tmp_path):
    """One database, whichever way it is reached."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "real" / "feedhub.db")
    with closing(open_store(tmp_path / "real" / "feedhub.db")) as db, writing(db):
        db.execute("insert into stories (uid, first_seen) values ('a', 'b')")

    with closing(open_store(tmp_path / "link.db")) as db:
        assert rows(db, "select uid from stories") == [{"uid": "a"}]


@pytest.fixture
def counter(tmp_path):
    """A database in which a number is kept, as the state of a story."""
    with closing(open_store(tmp_path / "feedhub.db")) as db, writing(db):
        db.execute("insert into stories (uid, state, first_seen) values ('a', '0', 'b')")
    return tmp_path / "feedhub.db"


def count_up(db):
    """Read a number, then write the next."""
    number = int(rows(db, "select state from stories")[0]["state"])
    db.execute("update stories set state = ?", [str(number + 1)])


def test_C01_writers_wait_for_each_other(counter):
    """Four writers that each read first: nothing is lost, nobody hears of a lock."""
    troubles = []

    def work():
        try:
            with closing(open_store(counter)) as db:
                for _ in range(25):
                    rows(db, "select count(*) from stories")
                    with writing(db):
                        count_up(db)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test looks for
            troubles.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    with closing(open_store(counter)) as db:
        assert rows(db, "select state from stories") == [{"state": "100"}]


def test_a_reader_stays_out_of_a_writers_way(counter):
    """While one reads, another writes; the reader sees what was when it began."""
    with closing(open_store(counter)) as reader, closing(open_store(counter)) as writer:
        reader.execute("begin")
        before = rows(reader, "select state from stories")
        with writing(writer):
            count_up(writer)

        during = rows(reader, "select state from stories")
        reader.execute("commit")

        assert before == during == [{"state": "0"}]
        assert rows(reader, "select state from stories") == [{"state": "1"}]


def test_C08_a_writer_waits_so_long_and_then_says_so(counter, monkeypatch):
    """Beyond its patience it gives up, with the code for trying again; readers go on all the while."""
    monkeypatch.setattr(connection, "_PATIENCE", 0.2)
    with closing(open_store(counter)) as holder, closing(open_store(counter)) as other:
        holder.execute("begin immediate")
        start = time.monotonic()

        with pytest.raises(ChangedMeanwhileError, match="busy") as caught, writing(other):
            pytest.fail("two write at once")

        assert 0.15 < time.monotonic() - start < 2
        assert caught.value.exit_code == 75
        assert rows(other, "select state from stories") == [{"state": "0"}]
        holder.execute("commit")
        with writing(other):
            count_up(other)
        assert rows(holder, "select state from stories") == [{"state": "1"}]


def break_off(db, error):
    """Write, and then be stopped by something."""
    with writing(db):
        count_up(db)
        raise error


@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt()], ids=["a bug", "an interruption"])
def test_what_was_broken_off_was_not_written(counter, error):
    """A transaction is whole or not at all, and the next one starts afresh."""
    with closing(open_store(counter)) as db:
        with pytest.raises(type(error)):
            break_off(db, error)

        assert not db.in_transaction
        assert rows(db, "select state from stories") == [{"state": "0"}]
        with writing(db):
            count_up(db)
        assert rows(db, "select state from stories") == [{"state": "1"}]


def test_a_wrong_statement_is_a_bug_and_not_an_error_for_people(counter):
    """Only what a person can act on is put into words."""
    with closing(open_store(counter)) as db, pytest.raises(sqlite3.IntegrityError), writing(db):
        db.execute("insert into stories (uid, first_seen) values ('a', 'b')")


HOLDER = """
import sys
from pathlib import Path
from feedhub.store.connection import locked

with locked(Path(sys.argv[1]), "poll"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_C03_a_lock_holds_until_its_process_is_dead(tmp_path):
    """A second one is told who has it; when that one is killed, the lock is free at once."""
    path = tmp_path / "x" / "poll.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        said = re.escape(f"another poll is running (process {holder.pid})")
        with pytest.raises(LockedError, match=said) as caught, locked(path, "poll"):
            pytest.fail("two hold it")
        holder.send_signal(signal.SIGKILL)
        holder.wait(5)

        with locked(path, "poll"):
            held_by = path.read_text()

    assert caught.value.exit_code == 4
    assert held_by == f"process {os.getpid()}"


def test_a_lock_is_given_back(tmp_path):
    """Also when what was done under it failed; locks of other names do not matter."""
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), locked(tmp_path / "a", "poll"), locked(tmp_path / "b", "publish"):
            raise ZeroDivisionError


def test_whoever_has_patience_gets_the_lock(tmp_path):
    """With patience, a lock that is given back meanwhile is taken."""
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with locked(tmp_path / "a", "poll"):
            entered.set()
            leave.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    entered.wait(5)
    threading.Timer(0.1, leave.set).start()

    with locked(tmp_path / "a", "poll", patience=5):
        assert leave.is_set()
    thread.join()


def test_a_lock_that_cannot_be_made_is_said(tmp_path):
    """A folder in its place is no lock."""
    (tmp_path / "a").mkdir()

    with pytest.raises(StorageError, match="Is a directory"), locked(tmp_path / "a", "poll"):
        pytest.fail("it holds")
