"""Cross-references: which stories speak of what another one is about."""

from feedhub.model.story import Reference
from feedhub.store.connection import Database, rows


def see_also(db: Database, story: int, most: int = 10) -> tuple[Reference, ...]:
    """Return other stories that have a key in common with one, at most so many, those that are about it first.

    Links do not count: a page that two stories link to says little of either.
    """
    sql = """
        select theirs.key, entries.story, max(theirs.defining) as about, max(mine.defining) as own
        from keys as mine join entries as told on told.id = mine.entry
        join keys as theirs on theirs.key = mine.key join entries on entries.id = theirs.entry
        where told.story = :story and entries.story != :story and mine.key not like 'https://%'
        group by 1, 2 order by about desc, own desc, entries.story desc limit :most
        """
    found = rows(db, sql, {"story": story, "most": most})
    return tuple(Reference(row["story"], row["key"], bool(row["about"])) for row in found)
