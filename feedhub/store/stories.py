"""Stories: whole ones by number, their numbers by what they are called, by search and by filter."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedhub.model.document import Entry
from feedhub.model.places import Place
from feedhub.model.standing import CLOSED, Standing
from feedhub.model.story import Note, Placing, Revision, StoredEntry, Story
from feedhub.model.written import from_json, text_time, time_text
from feedhub.store import entries, follows, pairs
from feedhub.store.connection import Database, Rows, rows
from feedhub.text.versions import told_as_one


@dataclass(frozen=True, slots=True)
class Filter:
    """Which stories are meant; a field that is None or empty asks for nothing.

    Of the states, new is what waits on the desk, what was decided and had news since as well; backlog what was there
    before we knew its feed, hidden what a rule keeps off the desk.
    """

    states: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    feed: str | None = None
    tag: str | None = None
    section: str | None = None
    unannotated: bool = False
    among: tuple[int, ...] | None = None
    limit: int | None = None


def get(db: Database, numbers: Sequence[int]) -> tuple[Story, ...]:
    """Return whole stories by their numbers, in that order; numbers that no story has are left out."""
    return _load(db, numbers, texts=True)


def _load(db: Database, numbers: Sequence[int], *, texts: bool) -> tuple[Story, ...]:
    wanted = json.dumps(list(numbers))
    found = rows(db, "select * from stories where id in (select value from json_each(?))", [wanted])
    parts = _Parts(db, [row["id"] for row in found], texts=texts)
    stories = {row["id"]: _story(row, parts) for row in found}
    return tuple(stories[number] for number in numbers if number in stories)


def find(db: Database, wanted: Filter) -> tuple[Story, ...]:
    """Return the stories that a filter means, without their texts: what was seen last, or had news last, first."""
    sql = f"""
        select id from stories
        where merged_into is null
        and (:states = '[]' or {_SEEN_AS} in (select value from json_each(:states)))
        and (:since is null or coalesce(news_at, first_seen) >= :since)
        and (:until is null or coalesce(news_at, first_seen) < :until)
        and (:among is null or id in (select value from json_each(:among)))
        and (:feed is null or exists (
            select 1 from entries join feeds on feeds.id = entries.feed
            where entries.story = stories.id and feeds.name glob :feed))
        and (:tag is null or exists (
            select 1 from tags where tags.story = stories.id and tags.term = :tag and not tags.removed))
        and (not :unannotated or not exists (
            select 1 from notes
            where notes.story = stories.id and notes.item is null and not notes.private and notes.text != ''))
        order by coalesce(news_at, first_seen) desc, id desc limit :limit
        """  # noqa: S608 - our own words
    values = {
        "states": json.dumps(wanted.states),
        "since": wanted.since and time_text(wanted.since),
        "until": wanted.until and time_text(wanted.until),
        "among": None if wanted.among is None else json.dumps(wanted.among),
        "feed": wanted.feed,
        "tag": wanted.tag,
        "unannotated": wanted.unannotated,
        "limit": -1 if wanted.limit is None or wanted.section else wanted.limit,
    }
    found = _load(db, [row["id"] for row in rows(db, sql, values)], texts=False)
    if wanted.section is None:
        return found
    return tuple(story for story in found if _stands_in(story, wanted.section))[: wanted.limit]


_SEEN_AS = """
    case when state in ('dropped', 'published') then iif(news_at is null, state, 'new')
        when state != 'new' then state when hidden is not null then 'hidden' when backlog then 'backlog' else 'new' end
    """
"""Standing.seen_as, in SQL."""


def in_backlog(db: Database) -> int:
    """Return how many stories are kept off the desk because they were there before we knew their feed."""
    sql = """
        select count(*) as stories from stories
        where backlog and state = 'new' and hidden is null and merged_into is null
        """
    return int(rows(db, sql)[0]["stories"])


def kept_hidden(db: Database) -> int:
    """Return how many stories rules keep off the desk, or the hold of their feed."""
    sql = "select count(*) as stories from stories where hidden is not null and state = 'new' and merged_into is null"
    return int(rows(db, sql)[0]["stories"])


def _stands_in(story: Story, section: str) -> bool:
    return story.section == section or (story.section or "").startswith(f"{section}/")


def revisions(db: Database, story: int) -> tuple[Revision, ...]:
    """Return what the entries of a story said before, the latest first."""
    sql = """
        select entries.part, revisions.until, revisions.said from revisions
        join entries on entries.id = revisions.entry where entries.story = ? order by revisions.id desc
        """
    return tuple(
        Revision(row["part"], text_time(row["until"]), from_json(Entry, json.loads(row["said"])))
        for row in rows(db, sql, [story])
    )


def current(db: Database, numbers: Sequence[int]) -> dict[int, int]:
    """Return, for numbers that stories have or had, the number of the story that it is today."""
    sql = "select id, coalesce(merged_into, id) as now from stories where id in (select value from json_each(?))"
    return {row["id"]: row["now"] for row in rows(db, sql, [json.dumps(list(numbers))])}


def with_key(db: Database, *keys: str) -> list[int]:
    """Return the stories that one of these keys defines; where it defines none, those that mention it."""
    sql = """
        select coalesce(stories.merged_into, stories.id) as story, max(keys.defining) as defining from keys
        join entries on entries.id = keys.entry join stories on stories.id = entries.story
        where keys.key in (select value from json_each(?)) group by 1 order by 2 desc, 1
        """
    found = rows(db, sql, [json.dumps(keys)])
    return [row["story"] for row in found if row["defining"] == found[0]["defining"]]


def keys_called(db: Database, short: str) -> list[str]:
    """Return the keys that people call by this name without its owner: those that define a story, else all of them.

    They stand before and after the addresses in the index, which most keys are.
    """
    sql = """
        select key, max(defining) as defining from (
            select key, defining from keys where key < 'https:' and substr(key, instr(key, '/') + 1) = :short
            union all
            select key, defining from keys where key > 'https:~' and substr(key, instr(key, '/') + 1) = :short
        ) group by key order by defining desc, key
        """
    found = rows(db, sql, {"short": short})
    return [row["key"] for row in found if row["defining"] == found[0]["defining"]]


def tag_counts(db: Database) -> list[tuple[str, int]]:
    """Return every tag and how many stories have it, the most used first."""
    sql = """
        select term, count(*) as stories from tags join stories on stories.id = tags.story
        where not removed and merged_into is null group by term order by 2 desc, 1
        """
    return [(row["term"], row["stories"]) for row in rows(db, sql)]


def tag_rows(db: Database, story: int | None = None, term: str | None = None) -> Rows:
    """Return the rows of tags of a story, or of a tag, those that were removed by hand as well."""
    sql = "select * from tags where (:story is null or story = :story) and (:term is null or term = :term) order by id"
    return rows(db, sql, {"story": story, "term": term})


def note_row(db: Database, story: int, language: str, private: bool) -> dict[str, Any] | None:
    """Return the row of the note for a story's next item."""
    sql = "select * from notes where story = ? and language = ? and private = ? and item is null"
    return next(iter(rows(db, sql, [story, language, int(private)])), None)


def published_notes(db: Database, story: int) -> tuple[tuple[str, Note], ...]:
    """Return the notes with which a story was published, and the issues that had them, the earliest first."""
    sql = """
        select notes.*, issues.number from notes
        join blocks on blocks.id = notes.item join issues on issues.id = blocks.issue
        where notes.story = ? and not notes.private order by issues.number, notes.id
        """
    return tuple((f"No. {row['number']}", note_of(row)) for row in rows(db, sql, [story]))


def note_of(row: dict[str, Any]) -> Note:
    """Return the note of a row."""
    title, text = row["title"], row["text"]
    digest = hashlib.blake2b(f"{title or ''}\0{text}".encode(), digest_size=4).hexdigest()
    at = text_time(row["at"])
    return Note(row["story"], row["language"], text, title, row["editor"], at, bool(row["private"]), digest)


class _Parts:
    """What belongs to some stories, read at once and grouped by story."""

    def __init__(self, db: Database, numbers: Sequence[int], *, texts: bool) -> None:
        wanted = [json.dumps(list(numbers))]
        among = "in (select value from json_each(?))"
        self.entries = _grouped(entries.stored(db, numbers, texts=texts))
        self.tags = _grouped(rows(db, f"select * from tags where not removed and story {among} order by id", wanted))  # noqa: S608
        self.notes = _grouped(rows(db, f"select * from notes where item is null and story {among} order by id", wanted))  # noqa: S608
        self.blocks = _grouped(rows(db, f"{_PLACINGS} where blocks.story {among} order by blocks.id", wanted))
        issues = json.dumps([block["issue"] for blocks in self.blocks.values() for block in blocks])
        places = f"select id, parent, fields from blocks where kind != 'item' and issue {among}"  # noqa: S608
        self.places = {row["id"]: row for row in rows(db, places, [issues])}
        self.sections = {row["id"]: row["section"] for row in rows(db, "select id, section from feeds")}
        keys = "select entries.story, keys.key from keys join entries on entries.id = keys.entry"
        self.keys = _grouped(rows(db, f"{keys} where entries.story {among} order by keys.id", wanted))
        self.suggested = pairs.waiting(db, numbers)
        self.drops = {row["story"]: row["act"] for row in rows(db, _DROPS, wanted)}
        self.recalled = follows.recalled(db, numbers)
        self.follows = follows.conditions(db, numbers)


_PLACINGS = """
    select blocks.id, blocks.story, blocks.issue, blocks.parent, issues.number, issues.state,
        (select count(*) from blocks as before where before.parent is blocks.parent and before.kind = 'item'
            and before.issue = blocks.issue and before.position <= blocks.position) as position
    from blocks join issues on issues.id = blocks.issue
    """


_DROPS = """
    select stories.id as story, (
        select acts.id from acts
        where editor = decided_by and at = decided_at and undone_by is null and command like 'drop%' and exists (
            select 1 from json_each(acts.stories) join stories as dropped on dropped.id = value
            where stories.id in (dropped.id, dropped.merged_into)
        ) order by acts.id desc limit 1
    ) as act from stories
    where id in (select value from json_each(?)) and state = 'dropped' and news_at is not null
    """


def _grouped(found: Rows) -> dict[int, Rows]:
    groups: dict[int, Rows] = defaultdict(list)
    for row in found:
        groups[row["story"]].append(row)
    return groups


def _story(row: dict[str, Any], parts: _Parts) -> Story:
    number = row["id"]
    told = parts.entries.get(number, [])
    placings = tuple(_placing(block, parts) for block in parts.blocks.get(number, ()))
    standing = Standing(**{name: row[name] for name in Standing.__slots__})
    return Story(
        number=number,
        uid=row["uid"],
        state=standing.seen_as,
        entries=tuple(_stored(entry) for entry in told),
        first_seen=text_time(row["first_seen"]),
        reason=row["reason"],
        decided_by=row["decided_by"],
        tags=tuple(tag["term"] for tag in parts.tags.get(number, ())),
        notes=tuple(note_of(note) for note in parts.notes.get(number, ())),
        placings=placings,
        section=_place(placings) or standing.section or _usual(told, parts),
        keys=tuple(dict.fromkeys(key["key"] for key in parts.keys.get(number, ()))),
        news_since=_news_since(standing, placings, parts.drops.get(number)) or parts.recalled.get(number),
        recalled=parts.recalled.get(number),
        follows=parts.follows.get(number, ()),
        news_at=text_time(standing.news_at) if standing.news_at else None,
        hidden=standing.hidden,
        hidden_by=standing.hidden_by if standing.hidden is not None else None,
        score=standing.score,
        suggested=parts.suggested.get(number, ()),
        releases=told_as_one(entry["link"] for entry in told),
    )


def _news_since(standing: Standing, placings: Sequence[Placing], drop: int | None) -> str | None:
    """Return the issue after which there was news, or the act that dropped the story."""
    if standing.state not in CLOSED or standing.news_at is None:
        return None
    published = [placing.label for placing in placings if placing.published]
    if standing.state == "published" and published:
        return published[-1]
    return f"act {drop}" if drop else standing.state


def _place(placings: Sequence[Placing]) -> str | None:
    """Return where a story stands in the latest issue that has it."""
    path = placings[-1].path if placings else ()
    return Place(path[0], path[1:]).path if path else None


def _usual(told: Rows, parts: _Parts) -> str | None:
    """Return where stories of the primary entry's feed go."""
    return parts.sections.get(told[0]["feed"]) if told else None


def _stored(row: dict[str, Any]) -> StoredEntry:
    gone = row["gone_since"] and text_time(row["gone_since"])
    first_seen = text_time(row["first_seen"])
    said = entries.entry_of(row)
    return StoredEntry(row["id"], row["part"], row["feed_name"], said, first_seen, gone, row["placed_by"])


def _placing(row: dict[str, Any], parts: _Parts) -> Placing:
    path: list[str] = []
    above = parts.places.get(row["parent"])
    while above is not None:
        fields = json.loads(above["fields"])
        path.insert(0, fields.get("section") or fields["title"])
        above = parts.places.get(above["parent"])
    published = row["state"] == "published"
    return Placing(row["issue"], f"No. {row['number']}", row["id"], tuple(path), row["position"], published)
