"""What belongs to a story, row by row, for those who merge stories and split them. Changes go through an Acting."""

from typing import Any

from feedhub.model.standing import Standing
from feedhub.store.acts import Acting
from feedhub.store.connection import Database, Rows, insert, rows
from feedhub.store.entries import uids


def standing(db: Database, story: int) -> Standing:
    """Return what was decided about a story."""
    names = ", ".join(Standing.__slots__)
    return Standing(**rows(db, f"select {names} from stories where id = ?", [story])[0])  # noqa: S608 - our own names


def covered(db: Database, story: int) -> str | None:
    """Return when the last issue was published that had a story."""
    sql = "select max(published) as at from issues join blocks on blocks.issue = issues.id where blocks.story = ?"
    return next((row["at"] for row in rows(db, sql, [story])), None)


def merged(db: Database, story: int) -> list[int]:
    """Return the stories that were merged into a story."""
    return [row["id"] for row in rows(db, "select id from stories where merged_into = ? order by id", [story])]


def entry_rows(db: Database, story: int) -> Rows:
    """Return the rows of a story's entries, with what is known of their feeds, in the order in which they joined it."""
    sql = """
        select entries.id, entries.part, entries.is_primary, entries.link, entries.guid, entries.title_key,
            entries.first_seen, entries.placed_by, coalesce(entries.published, entries.updated) as dated,
            feeds.name as feed, feeds.url, feeds.home, feeds.position, feeds.tags, feeds.known_since
        from entries join feeds on feeds.id = entries.feed where entries.story = ? order by entries.part
        """
    return rows(db, sql, [story])


def note_rows(db: Database, story: int) -> Rows:
    """Return the rows of a story's notes, those of published items as well."""
    return rows(db, "select * from notes where story = ? order by id", [story])


def block_rows(db: Database, story: int) -> Rows:
    """Return the rows of the blocks that have a story, and whether their issue is published."""
    sql = """
        select blocks.*, issues.state = 'published' as published
        from blocks join issues on issues.id = blocks.issue where blocks.story = ? order by blocks.id
        """
    return rows(db, sql, [story])


def pair_rows(db: Database, one: int, other: int) -> Rows:
    """Return the rows of what was suggested or said of two stories, by their numbers and those of what they hold."""
    sql = """
        with ours (id) as (
            select id from stories where id = :one union all select id from stories where merged_into = :one
        ), theirs (id) as (
            select id from stories where id = :other union all select id from stories where merged_into = :other
        )
        select pairs.* from pairs where (one in ours and other in theirs) or (one in theirs and other in ours)
        """
    return rows(db, sql, {"one": one, "other": other})


def refused(db: Database, story: int) -> Rows:
    """Return the rows of the pairs that an editor said to be two, with the number that the other story has today."""
    sql = """
        with ours (id) as (
            select id from stories where id = :story union all select id from stories where merged_into = :story
        ), theirs (pair, id) as (
            select pairs.id, other from pairs join ours on ours.id = one where verdict = 'two'
            union select pairs.id, one from pairs join ours on ours.id = other where verdict = 'two'
        )
        select pairs.*, coalesce(stories.merged_into, stories.id) as story
        from theirs join pairs on pairs.id = theirs.pair join stories on stories.id = theirs.id order by pairs.id
        """
    return rows(db, sql, {"story": story})


def key_rows(db: Database, story: int) -> Rows:
    """Return the keys that define the entries of a story, and in which place each entry is."""
    sql = """
        select keys.key, keys.entry from keys join entries on entries.id = keys.entry
        where entries.story = ? and keys.defining order by entries.part, keys.id
        """
    return rows(db, sql, [story])


def tags_by_rules(db: Database, entry: int) -> frozenset[str]:
    """Return the tags that rules gave a story for what an entry says."""
    sql = "select substr(what, 5) as term from decisions where entry = ? and what like 'tag %'"
    return frozenset(row["term"] for row in rows(db, sql, [entry]))


def come_since(db: Database, story: int, back: int, since: str) -> list[int]:
    """Return the entries that polls put into a story since a time for the sake of what another one is about."""
    sql = """
        with theirs (key) as (
            select key from keys join entries on entries.id = keys.entry where entries.story = :back and defining
        ), ours (key) as (
            select key from keys join entries on entries.id = keys.entry
            where entries.story = :story and entries.first_seen <= :since and defining
        )
        select id from entries
        where story = :story and first_seen > :since and placed_by = 'rule'
        and exists (select 1 from keys where entry = entries.id and defining and key in theirs)
        and not exists (select 1 from keys where entry = entries.id and defining and key in ours)
        order by part
        """
    return [row["id"] for row in rows(db, sql, {"story": story, "back": back, "since": since})]


def begin(acting: Acting, newsletter_id: str, of: int, entry: dict[str, Any]) -> int:
    """Begin a story for an entry of another one, and return its number.

    It is part of that other one until the act says otherwise, and again when the act is undone: a number that was said
    once goes on working.
    """
    name = entry["guid"] or entry["link"] or entry["title_key"]
    known = "select 1 from stories where uid = ?"
    uid = next(uid for uid in uids(newsletter_id, entry["url"], name) if not rows(acting.db, known, [uid]))
    number = insert(acting.db, "stories", {"uid": uid, "first_seen": entry["first_seen"], "merged_into": of})
    acting.change("stories", number, merged_into=None)
    return number
