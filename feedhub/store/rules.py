"""What rules do to stories, `rule NAME` and `releases` alike, and the entries that rules are tried on."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from feedhub.model.matching import Said
from feedhub.model.ruling import Part, Ruled, Tag
from feedhub.model.written import text_time, time_text
from feedhub.store.connection import Database, Rows, rows

_AT_ONCE = 500

TOUCHED = """
    (stories.state != 'new' or stories.decided_by is not null
        or exists (select 1 from notes where notes.story = stories.id)
        or exists (select 1 from blocks where blocks.story = stories.id)
        or exists (select 1 from tags where tags.story = stories.id
            and tags.by not like 'feed %' and tags.by not like 'rule %')
        or exists (select 1 from entries where entries.story = stories.id and entries.placed_by != 'rule')
        or exists (select 1 from pairs where verdict = 'two' and (one = stories.id or other = stories.id)))
    """
"""An editor decided on a story, or worked on it: no rule hides it."""

_IS_HIDDEN = """
    coalesce((select what from decisions where decisions.entry = entries.id and what in ('hidden', 'shown')
        order by decisions.id desc limit 1) = 'hidden', 0)
    """
"""What the rules said last of an entry."""


def homes(db: Database, entries: Iterable[int]) -> dict[int, int]:
    """Return in which stories entries are now."""
    wanted = json.dumps(list(entries))
    if wanted == "[]":
        return {}
    sql = "select id, story from entries where id in (select value from json_each(?))"
    return {row["id"]: row["story"] for row in rows(db, sql, [wanted])}


def tags(db: Database, story: int) -> tuple[str, ...]:
    """Return the tags that a story has."""
    found = rows(db, "select term from tags where story = ? and not removed order by id", [story])
    return tuple(row["term"] for row in found)


def matched(db: Database, story: int) -> frozenset[str]:
    """Return the names of the rules that have said what they say of a story."""
    sql = """
        select distinct substr(by, 6) as rule from decisions
        where (story = :story or entry in (select id from entries where story = :story)) and by like 'rule %'
        """
    return frozenset(row["rule"] for row in rows(db, sql, {"story": story}))


def tag(db: Database, story: int, term: str, by: str) -> bool:
    """Give a story a tag, and tell whether it has it by that: one that an editor removed by hand stays removed."""
    sql = "insert into tags (story, term, by) values (?, ?, ?) on conflict do nothing"
    return db.execute(sql, [story, term, by]).rowcount > 0


def score(db: Database, story: int, points: int) -> None:
    """Add to a story's points, from minus a thousand to a thousand."""
    db.execute("update stories set score = max(-1000, min(1000, score + ?)) where id = ?", [points, story])


def route(db: Database, story: int, path: str) -> bool:
    """Say where a story goes in an issue, and tell whether no rule had said so."""
    return db.execute("update stories set section = ? where id = ? and section is null", [path, story]).rowcount > 0


def hide(db: Database, story: int, entry: int, why: str, by: str) -> bool:
    """Keep a story off the desk, as a rule says of one of its entries, and tell whether that is new.

    Not one that an editor touched or has shown again, nor one that has another entry which no rule hides; nor backlog,
    which is off the desk already.
    """
    said = "select by, what from decisions where entry = ? and what in ('hidden', 'shown') order by id desc limit 1"
    if any((row["by"], row["what"]) == (by, "hidden") for row in rows(db, said, [entry])):
        return False
    sql = f"""
        update stories set hidden = coalesce(hidden, :why), hidden_by = coalesce(hidden_by, :by)
        where id = :story and (hidden is not null or (hidden_by is null and not backlog and not {TOUCHED}))
        and not exists (
            select 1 from entries where entries.story = :story and entries.id != :entry and not {_IS_HIDDEN})
        """  # noqa: S608 - our own words
    return db.execute(sql, {"story": story, "entry": entry, "why": why, "by": by}).rowcount > 0


def hush(db: Database, story: int, entry: int, now: datetime) -> bool:
    """Have an entry that a rule hides be no news of the story that it joined now, and tell whether it had been."""
    sql = """
        update stories set news_at = null where id = :story and news_at = :at and not exists (
            select 1 from entries where story = :story and first_seen = :at and id != :entry)
        """
    return db.execute(sql, {"story": story, "entry": entry, "at": time_text(now)}).rowcount > 0


def show(db: Database, story: int) -> None:
    """Bring a story back that is kept off the desk."""
    db.execute("update stories set hidden = null, hidden_by = null where id = ?", [story])


def to_desk(db: Database, story: int) -> None:
    """Take a story out of the backlog: what one feed tells as news is no other feed's backlog any more."""
    db.execute("update stories set backlog = 0 where id = ? and backlog", [story])


def take_over(db: Database, feed: int) -> None:
    """Have what a feed's hold keeps off the desk be kept off it by the rules that hide all of it, if any do."""
    sql = f"""
        update stories set hidden = coalesce(said.matched, said.by), hidden_by = said.by from decisions as said
        where hidden_by = 'hold' and hidden is not null
        and said.id = (select max(id) from decisions where what = 'hidden'
            and entry in (select id from entries where entries.story = stories.id and feed = :feed))
        and not exists (select 1 from entries where entries.story = stories.id and not {_IS_HIDDEN})
        """  # noqa: S608 - our own words
    db.execute(sql, {"feed": feed})


def count_hidden(db: Database, entries: Iterable[int]) -> int:
    """Return how many of these entries are in stories that are kept off the desk."""
    sql = """
        select count(*) as entries from entries join stories on stories.id = entries.story
        where entries.id in (select value from json_each(?)) and hidden is not null
        """
    wanted = json.dumps(list(entries))
    return int(rows(db, sql, [wanted])[0]["entries"]) if wanted != "[]" else 0


def hidden(db: Database, stories: Iterable[int]) -> dict[int, str]:
    """Return which of these stories are kept off the desk, and by what."""
    wanted = json.dumps(list(stories))
    if wanted == "[]":
        return {}
    sql = "select id, hidden_by from stories where hidden is not null and id in (select value from json_each(?))"
    return {row["id"]: row["hidden_by"] for row in rows(db, sql, [wanted])}


def touched(db: Database, stories: Iterable[int]) -> frozenset[int]:
    """Return which of these stories editors decided on or worked on."""
    sql = f"select id from stories where id in (select value from json_each(?)) and {TOUCHED}"  # noqa: S608
    return frozenset(row["id"] for row in rows(db, sql, [json.dumps(list(stories))]))


def is_placed(db: Database, story: int) -> bool:
    """Tell whether an issue has a story."""
    return bool(rows(db, "select 1 from blocks where story = ? limit 1", [story]))


def latest(db: Database, feed: int, most: int) -> tuple[Part, ...]:
    """Return the latest entries that a feed told, at most so many."""
    sql = f"{_ENTRIES} where entries.feed = ? order by entries.id desc limit ?"
    found = rows(db, sql, [feed, most])
    keys = "select * from keys where entry in (select value from json_each(?)) order by id"
    named = _grouped(rows(db, keys, [json.dumps([row["id"] for row in found])]), "entry")
    return tuple(_part(row, named[row["id"]]) for row in found)


def stored(
    db: Database, since: datetime | None = None, among: Iterable[int] | None = None
) -> Iterator[tuple[Ruled, tuple[Part, ...]]]:
    """Yield each story, those first seen since, or these, with its entries, as far as it matters to rules."""
    after = 0
    wanted = {"since": since and time_text(since), "among": None if among is None else json.dumps(list(among))}
    sql = f"""
        select *, backlog or {TOUCHED} as settled, exists (
            select 1 from decisions where decisions.story = stories.id and by like 'rule %'
                and what = 'section ' || stories.section) as is_routed
        from stories
        where merged_into is null and id > :after and (:since is null or first_seen >= :since)
        and (:among is null or id in (select value from json_each(:among))) order by id limit :most
        """  # noqa: S608 - our own words
    while found := rows(db, sql, {**wanted, "after": after, "most": _AT_ONCE}):
        after = found[-1]["id"]
        parts = _Parts(db, [row["id"] for row in found])
        for row in found:
            yield _ruled(row, parts), parts.of(row["id"])


def counts(db: Database) -> dict[str, int]:
    """Return of how many stories each rule said something, by its name."""
    sql = """
        select substr(by, 6) as rule, count(distinct story) as stories from decisions where by like 'rule %' group by 1
        """
    return {row["rule"]: row["stories"] for row in rows(db, sql)}


class _Parts:
    """What belongs to some stories, read at once."""

    def __init__(self, db: Database, stories: Sequence[int]) -> None:
        wanted = [json.dumps(list(stories))]
        among = "in (select value from json_each(?))"
        self.entries = _grouped(rows(db, f"{_ENTRIES} where entries.story {among} {_IN_ORDER}", wanted), "story")
        self.tags = _grouped(rows(db, f"select * from tags where story {among} order by id", wanted), "story")  # noqa: S608
        keys = "select keys.* from keys join entries on entries.id = keys.entry"
        self.keys = _grouped(rows(db, f"{keys} where entries.story {among} order by keys.id", wanted), "entry")
        said = """
            select coalesce(entries.story, decisions.story) as story, substr(decisions.by, 6) as rule from decisions
            left join entries on entries.id = decisions.entry where decisions.by like 'rule %'
            """
        self.said = _grouped(rows(db, f"{said} and coalesce(entries.story, decisions.story) {among}", wanted), "story")

    def of(self, story: int) -> tuple[Part, ...]:
        """Return the entries of a story, the primary one first."""
        return tuple(_part(row, self.keys[row["id"]]) for row in self.entries[story])


_ENTRIES = """
    select entries.*, feeds.name as feed_name, texts.said, stories.backlog
    from entries join feeds on feeds.id = entries.feed join stories on stories.id = entries.story
    left join texts on texts.entry = entries.id
    """
_IN_ORDER = "order by entries.is_primary desc, entries.part"


def _grouped(found: Rows, by: str) -> dict[int, Rows]:
    groups: dict[int, Rows] = defaultdict(list)
    for row in found:
        groups[row[by]].append(row)
    return groups


def _ruled(row: dict[str, Any], parts: _Parts) -> Ruled:
    told = parts.entries[row["id"]]
    return Ruled(
        story=row["id"],
        title=told[0]["title"] or told[0]["link"] or "" if told else "",
        settled=bool(row["settled"]),
        hidden=row["hidden"],
        hidden_by=row["hidden_by"],
        section=row["section"],
        is_routed=bool(row["is_routed"]),
        score=row["score"],
        tags=tuple(Tag(tag["id"], tag["term"], tag["by"], bool(tag["removed"])) for tag in parts.tags[row["id"]]),
        matched=frozenset(said["rule"] for said in parts.said[row["id"]]),
    )


def _part(row: dict[str, Any], keys: Rows) -> Part:
    said = Said(
        id=row["guid"],
        title=row["title"],
        link=row["link"],
        authors=row["authors"],
        published=row["published"] and text_time(row["published"]),
        updated=row["updated"] and text_time(row["updated"]),
        text=row["said"] or "{}",
        page=row["page"],
        title_key=row["title_key"],
        fingerprint=row["fingerprint"],
        keys=tuple(key["key"] for key in keys if key["defining"]),
        mentions=tuple(key["key"] for key in keys if not key["defining"]),
        version=row["rule_version"],
    )
    return Part(row["id"], row["feed_name"], text_time(row["first_seen"]), said, bool(row["backlog"]))
