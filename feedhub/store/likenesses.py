"""Which titles have neighbouring words in common: an index of what was told lately, asked by what is told now."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from feedhub.store.connection import Database, rows

_EACH = 50
"""Entries taken for one pair of words, the latest: pairs that hundreds of titles have tell nothing apart."""
_MOST = 20
"""Entries that are looked at, those with the most pairs in common first; this and the above bound a look-up."""


def on_desk(db: Database, entries: Iterable[int]) -> dict[int, int]:
    """Return the stories that entries are in now, of those whose stories are not kept off the desk."""
    sql = """
        select entries.id, entries.story from entries join stories on stories.id = entries.story
        where entries.id in (select value from json_each(?)) and stories.hidden is null
        """
    return {row["id"]: row["story"] for row in rows(db, sql, [json.dumps(list(entries))])}


def index(db: Database, entry: int, pairs: Sequence[int], day: int) -> None:
    """Have an entry found by the pairs of its title, from the day (of the proleptic calendar) that it was told."""
    sql = "insert or ignore into likenesses (pair, day, entry) values (?, ?, ?)"
    db.executemany(sql, [(pair, day, entry) for pair in pairs])


def forget(db: Database, before: int) -> None:
    """Take out what was told before a day."""
    db.execute("delete from likenesses where day < ?", [before])


def near(db: Database, story: int, pairs: Sequence[int], since: int) -> list[tuple[int, str]]:
    """Return other stories that have pairs of words in common with a title since a day, and the titles that do.

    Not those that a feed of this very story told: nobody tells one thing twice under two links, but many tell the like
    of it every week.
    """
    sql = "select entry from likenesses where pair = ? and day >= ? order by day desc, entry desc limit ?"
    shared: Counter[int] = Counter()
    for pair in pairs:
        shared.update(row[0] for row in db.execute(sql, (pair, since, _EACH)))
    among = [entry for entry, _ in shared.most_common(_MOST)]
    return [(row["story"], row["title"]) for row in rows(db, _TITLES, {"among": json.dumps(among), "story": story})]


_TITLES = """
    select entries.story, entries.title from entries join stories on stories.id = entries.story
    where entries.id in (select value from json_each(:among))
    and entries.title is not null and stories.hidden is null
    and not exists (
        select 1 from entries as theirs where theirs.story = entries.story
        and +theirs.feed in (select feed from entries as ours where ours.story = :story)
    )
    order by entries.id
    """
