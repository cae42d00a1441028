"""By which version of the rules all entries were renewed: what a poll asks first after an update."""

from feedhub.store.connection import Database, rows


def renewed_by(db: Database) -> int:
    """Return the version of the rules that every entry has been renewed by."""
    return int(rows(db, "select version from renewals")[0]["version"])


def all_renewed(db: Database, version: int) -> None:
    """Remember that every entry has been renewed."""
    db.execute("update renewals set version = ?", [version])
