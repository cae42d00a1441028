"""Opening the database: refused without a byte changed when it is not ours; one short write transaction at a time.

SQLite is pysqlite3's, which sqlite-utils takes as well where it is installed: two SQLites in one process would corrupt
the file. No other module opens one.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pysqlite3 import dbapi2 as sqlite3

from feedhub.errors import ChangedMeanwhileError, DatabaseRefusedError, LockedError, StorageError

if TYPE_CHECKING:
    import sqlite3 as typed  # pysqlite3 has the same and carries no types

    Database = typed.Connection
else:
    Database = sqlite3.Connection

APPLICATION_ID = 0x66656564
"""`feed`: bytes 68 to 72 of the file say whose database it is."""
LATEST = 4
"""The number of the schema's last migration."""

_SAFE_SINCE = (3, 51, 3)
_PATIENCE = 10.0
"""Seconds that a writer waits for another one."""

_STATEMENTS = 500
"""How many are kept prepared: a poll has more than the usual 100, and preparing one costs more than running it."""

Rows = list[dict[str, Any]]


def open_store(path: Path) -> Database:
    """Open the database, or make it; raise DatabaseRefusedError for one that is not ours, newer or damaged."""
    if sqlite3.sqlite_version_info < _SAFE_SINCE:
        raise DatabaseRefusedError(
            path, f"SQLite {sqlite3.sqlite_version} can corrupt it (WAL-reset bug); install pysqlite3 0.6.1 or newer"
        )
    _look_first(path)
    with _errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        db = _connect(path)
        try:
            version = db.execute("pragma user_version").fetchone()[0]
            if version < LATEST:
                _migrate(db, path, version)
            db.execute("pragma synchronous = full")
        except BaseException:
            db.close()
            raise
    return db


def _look_first(path: Path) -> None:
    """Refuse what is not our database by its first bytes, before SQLite sees it (SQLite would create, or recover)."""
    if path.is_symlink() and not path.exists():
        raise DatabaseRefusedError(path, "is a link to nowhere")
    if not path.exists():
        return
    if not path.is_file():
        raise DatabaseRefusedError(path, "is not a file")
    try:
        with path.open("rb") as file:
            start = file.read(100)
    except OSError as error:
        raise DatabaseRefusedError(path, f"cannot be read: {error.strerror}") from error
    if not start:
        return
    if not start.startswith(b"SQLite format 3\0"):
        raise DatabaseRefusedError(path, "is not a database of feedhub; name another file with --db")
    if start[68:72] != APPLICATION_ID.to_bytes(4, "big"):
        raise DatabaseRefusedError(path, "is another program's database; name another file with --db")
    version = int.from_bytes(start[60:64], "big")
    if version > LATEST:
        raise DatabaseRefusedError(path, f"made by a newer feedhub (schema {version}, this one knows {LATEST})")


def _connect(path: Path) -> Database:
    fresh = not path.exists() or not path.stat().st_size
    if fresh:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    settings = {"timeout": _PATIENCE, "isolation_level": None, "cached_statements": _STATEMENTS}
    db: Database = sqlite3.connect(str(path.absolute()), **settings)
    for pragma in ("foreign_keys = on", "trusted_schema = off"):
        db.execute(f"pragma {pragma}")
    return db


def _migrate(db: Database, path: Path, version: int) -> None:
    """Bring the schema up to date: one process at a time, and a copy of the old database first."""
    from feedhub.store import schema  # sqlite-utils costs 0.1 s, and is needed only now

    with locked(lock_path(path, "poll"), "poll", _PATIENCE):
        if db.execute("pragma user_version").fetchone()[0] == LATEST:
            return
        if version:
            copy = path.with_suffix(f".schema-{version}.bak")
            copy.unlink(missing_ok=True)
            db.execute("vacuum into ?", [str(copy)])
            copy.chmod(0o600)
        # First of all whose file it is, outside the log: a process that dies right after leaves one that we know.
        db.execute(f"pragma application_id = {APPLICATION_ID}")
        db.execute("pragma journal_mode = wal")
        schema.migrate(db)


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """Run one short write transaction.

    BEGIN IMMEDIATE: a deferred one that read first cannot become a writer while others write, however long it waits
    (measured: 423 of 600 lost; immediate: none).
    """
    with _errors(None):
        db.execute("begin immediate")
        try:
            yield
        except BaseException:
            db.execute("rollback") if db.in_transaction else None
            raise
        db.execute("commit")


def lock_path(path: Path, what: str) -> Path:
    """Return the file whose lock says that somebody polls, or publishes, this database."""
    return path.with_suffix(f".{what}.lock")


@contextmanager
def locked(path: Path, what: str, patience: float = 0.0) -> Iterator[None]:
    """Hold a lock that the kernel gives back when we die; raise LockedError when another process has it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror}") from error
    try:
        _flock(file, what, time.monotonic() + patience)
        os.ftruncate(file, os.pwrite(file, f"process {os.getpid()}".encode(), 0))
        try:
            yield
        finally:
            os.ftruncate(file, 0)
    finally:
        os.close(file)


def _flock(file: int, what: str, until: float) -> None:
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise LockedError(what, _holder(file)) from None
            time.sleep(0.05)


def _holder(file: int) -> str:
    """Return who holds a lock; whoever took it this very moment needs another one to write its name."""
    for _ in range(20):
        holder = os.pread(file, 100, 0).decode(errors="replace")
        if holder:
            return holder
        time.sleep(0.02)
    return "which one is not known"


def rows(db: Database, sql: str, parameters: Any = ()) -> Rows:
    """Return what a query finds, as dictionaries."""
    with _errors(None):
        found = db.execute(sql, parameters)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found]


def insert(db: Database, table: str, values: dict[str, Any]) -> int:
    """Add a row and return its number."""
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    number = db.execute(f"insert into {table} ({names}) values ({marks})", values).lastrowid  # noqa: S608 - our own names
    if number is None:
        raise ValueError(f"no row was added to {table}")
    return int(number)


@contextmanager
def _errors(path: Path | None) -> Iterator[None]:
    """Turn SQLite's errors that a person can act on into ours; bugs pass."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        text = str(error)
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")) or "locked" in text:
            raise ChangedMeanwhileError(f"the database is busy ({text}); try again") from error
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")) or "disk is full" in text or "disk I/O" in text:
            raise StorageError(f"the database could not be written: {text}; make room and try again") from error
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            raise DatabaseRefusedError(path or Path("the database"), f"{text}; restore a backup of it") from error
        raise
