"""The schema, as migrations: append only, a released one is never edited. Nothing here reads or writes stories.

What each one does is a file of SQL in migrations/, which can be pasted into sqlite3.
"""

from importlib import resources
from typing import Any

from sqlite_utils import Database, Migrations

migrations = Migrations("feedhub")


def migrate(connection: Any) -> None:
    """Apply the migrations that a database has not had yet."""
    migrations.apply(Database(connection, execute_plugins=False))


@migrations(name="0001_first")
def m0001_first(db: Database) -> None:
    """Feeds and what they said, stories and what editors did with them, issues and editions.

    Times are RFC 3339 in UTC; lists are JSON. Text has tables of its own, so that lists do not load it. What acts
    change is numbered by autoincrement: an act speaks of a row, never of another one that came to its number.
    """
    _apply(db, "0001_first")


@migrations(name="0002_way_in")
def m0002_way_in(db: Database) -> None:
    """What the schedule goes by, where a feed has moved to, what an editor asked of it; which stories are backlog."""
    _apply(db, "0002_way_in")


@migrations(name="0003_stories")
def m0003_stories(db: Database) -> None:
    """What makes one story of many entries, why, and what keeps it off the desk or brings it back."""
    _apply(db, "0003_stories")


@migrations(name="0004_watch")
def m0004_watch(db: Database) -> None:
    """What published issues cite and is visited again, what was found there, what editors follow and what came back."""
    _apply(db, "0004_watch")


def _apply(db: Database, name: str) -> None:
    """Execute the statements of a migration's file, and give the schema its number."""
    text = resources.files("feedhub.store").joinpath("migrations", f"{name}.sql").read_text(encoding="utf-8")
    for statement in text.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute(f"pragma user_version = {int(name[:4])}")
