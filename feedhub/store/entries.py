"""Entries in the store: what each feed said, its earlier revisions, and which story each belongs to."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from feedhub.model.document import Entry
from feedhub.model.feed import Counts, FeedState
from feedhub.model.matching import Changed, Decisions, Known, New, Said
from feedhub.model.story import Revision
from feedhub.model.written import from_json, text_time, time_text, to_json
from feedhub.store import search
from feedhub.store.connection import Rows, insert, rows
from feedhub.text.markup import text_of

_MOST_REVISIONS = 24
_COLUMNS = ("title", "link", "published", "updated")
"""Fields of an entry that have columns of their own, as id (guid) and authors (JSON) have; the rest is texts.said."""


def known(db: Database, feed: FeedState, said: Sequence[Said]) -> list[Known]:
    """Return what is known of a feed's entries, as far as a document can be compared with it.

    Those that were in its document last time, those that vanished lately, and any older one with an id or page in it.
    """
    wanted = {
        "feed": feed.number,
        "guids": json.dumps([told.entry.id for told in said if told.entry.id]),
        "pages": json.dumps([told.page for told in said if told.page]),
        "titles": json.dumps([told.title for told in said if told.title]),
    }
    sql = """
        select id, guid, page, title_key, published, fingerprint, gone_since from entries where id in (
            select id from entries where feed = :feed and gone_since is null
            union select id from entries where feed = :feed and guid in (select value from json_each(:guids))
            union select id from entries where feed = :feed and page in (select value from json_each(:pages))
            union select id from entries where feed = :feed and guid is null
                and title_key in (select value from json_each(:titles))
            union select id from (
                select id, title_key from entries
                where feed = :feed and gone_since is not null order by gone_since desc limit 50
            ) where title_key in (select value from json_each(:titles))
        )
        """
    return [_known(row) for row in rows(db, sql, wanted)]


def _known(row: dict[str, Any]) -> Known:
    return Known(
        row["id"],
        row["guid"],
        row["page"],
        row["title_key"],
        row["published"] and text_time(row["published"]),
        row["fingerprint"],
        row["gone_since"] and text_time(row["gone_since"]),
    )


def record(db: Database, feed: FeedState, newsletter_id: str, decisions: Decisions, now: datetime) -> Counts:
    """Write what a document brought: new entries into their stories, revisions of changed ones, who is gone or back."""
    at = time_text(now)
    for change in decisions.changed:
        _revise(db, change, at)
    # A document has its newest entry first: told in reverse, newer stories get higher numbers.
    for new in reversed(decisions.new):
        _add(db, feed, newsletter_id, new, at)
    _mark(db, decisions.gone, at)
    _mark(db, decisions.back, None)
    return Counts(new=len(decisions.new), changed=len(decisions.changed), gone=len(decisions.gone))


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


def entry_of(row: dict[str, Any]) -> Entry:
    """Return the entry of a row of entries, with its text where the row was joined with texts."""
    said = json.loads(row["said"]) if row.get("said") else {}
    columns = {"id": row["guid"], "authors": json.loads(row["authors"]), **{name: row[name] for name in _COLUMNS}}
    return from_json(Entry, said | {name: value for name, value in columns.items() if value is not None})


def _add(db: Database, feed: FeedState, newsletter_id: str, new: New, at: str) -> None:
    story = _story_for(db, feed, newsletter_id, new, at)
    entry = new.said.entry
    part = rows(db, "select coalesce(max(part), 0) + 1 as part from entries where story = ?", [story])[0]["part"]
    values = _columns(new.said) | {"feed": feed.number, "story": story, "part": part, "first_seen": at}
    values["is_primary"] = int(part == 1 or _leads(db, feed, story, new, at))
    if values["is_primary"]:
        db.execute("update entries set is_primary = 0 where story = ?", [story])
    number = insert(db, "entries", values)
    db.execute("insert into texts (entry, said) values (?, ?)", [number, _said(entry)])
    search.index_entry(db, number, entry.title or "", text_of(entry.text))
    _add_key(db, number, new.said)
    _add_tags(db, story, feed)


def _leads(db: Database, feed: FeedState, story: int, new: New, at: str) -> bool:
    """Tell whether a new entry is to be the primary one of a story that others told before it.

    What republishes a vanished entry is: the link of the old one is dead. So is, of those that came at the same time,
    that of the feed which feeds.yaml lists first.
    """
    sql = """
        select 1 from entries join feeds on feeds.id = entries.feed
        where story = ? and is_primary and first_seen = ? and position > ?
        """
    return new.follows is not None or bool(rows(db, sql, [story, at, feed.position]))


def _story_for(db: Database, feed: FeedState, newsletter_id: str, new: New, at: str) -> int:
    """Return the story of a new entry: the one that it republishes, one with its key in another feed, or a new one."""
    if new.follows is not None:
        return int(rows(db, "select story from entries where id = ?", [new.follows])[0]["story"])
    sql = """
        select coalesce(stories.merged_into, stories.id) as story from keys
        join entries on entries.id = keys.entry join stories on stories.id = entries.story
        where keys.key = ? and keys.defining and entries.feed != ? order by story limit 1
        """
    for row in rows(db, sql, [new.said.key, feed.number]) if new.said.key else ():
        return int(row["story"])
    uid = _mint(db, newsletter_id, feed, new.said)
    return insert(db, "stories", {"uid": uid, "first_seen": at})


def _mint(db: Database, newsletter_id: str, feed: FeedState, said: Said) -> str:
    """Make a story's permanent id of its first entry's feed and id; an id that was used again gets a number more."""
    base = f"{feed.feed.url}\0{said.entry.id or said.entry.link or said.title}"
    for turn in range(1_000_000):
        digest = hashlib.blake2b(f"{base}\0{turn or ''}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        uid = f"{newsletter_id}/story/{digest}"
        if not rows(db, "select 1 from stories where uid = ?", [uid]):
            return uid
    raise AssertionError("a million stories with one id")


def _revise(db: Database, change: Changed, at: str) -> None:
    """Put what an entry says now in place of what it said, which becomes a revision."""
    sql = "select entries.*, texts.said from entries left join texts on texts.entry = entries.id where entries.id = ?"
    row = rows(db, sql, [change.number])[0]
    before = json.dumps(to_json(entry_of(row)), ensure_ascii=False)
    db.execute(
        "insert into revisions (entry, until, fingerprint, said) values (?, ?, ?, ?)",
        [change.number, at, row["fingerprint"], before],
    )
    db.execute(
        "delete from revisions where entry = :entry and id not in "
        "(select id from revisions where entry = :entry order by id desc limit :most)",
        {"entry": change.number, "most": _MOST_REVISIONS},
    )
    values = _columns(change.said)
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    db.execute(f"update entries set {assignments} where id = :number", values | {"number": change.number})  # noqa: S608
    db.execute("insert or replace into texts (entry, said) values (?, ?)", [change.number, _said(change.said.entry)])
    entry = change.said.entry
    search.index_entry(db, change.number, entry.title or "", text_of(entry.text))
    db.execute("delete from keys where entry = ?", [change.number])
    _add_key(db, change.number, change.said)


def _columns(said: Said) -> dict[str, Any]:
    entry = said.entry
    return {
        "guid": entry.id,
        "page": said.page,
        "title_key": said.title,
        "title": entry.title,
        "link": entry.link,
        "authors": json.dumps([to_json(person) for person in entry.authors], ensure_ascii=False),
        "published": entry.published and time_text(entry.published),
        "updated": entry.updated and time_text(entry.updated),
        "fingerprint": said.fingerprint,
        "rule_version": said.version,
    }


def _said(entry: Entry) -> str:
    rest = replace(entry, id=None, title=None, link=None, authors=(), published=None, updated=None)
    return json.dumps(to_json(rest), ensure_ascii=False)


def _add_key(db: Database, number: int, said: Said) -> None:
    key = said.key or said.page
    if key:
        db.execute("insert into keys (key, entry, defining) values (?, ?, ?)", [key, number, int(said.key is not None)])


def _add_tags(db: Database, story: int, feed: FeedState) -> None:
    """Give a story its feed's tags; one that an editor removed by hand stays removed."""
    for term in feed.feed.tags:
        sql = "insert into tags (story, term, by) values (?, ?, ?) on conflict do nothing"
        db.execute(sql, [story, term, f"feed {feed.feed.name}"])


def _mark(db: Database, numbers: Sequence[int], gone_since: str | None) -> None:
    if numbers:
        db.execute(
            "update entries set gone_since = ? where id in (select value from json_each(?))",
            [gone_since, json.dumps(numbers)],
        )


def stored(db: Database, stories: Sequence[int], *, texts: bool) -> Rows:
    """Return the rows of the entries of stories, each story's primary one first, then in the order of the feeds."""
    said, join = ("texts.said", "left join texts on texts.entry = entries.id") if texts else ("null as said", "")
    sql = f"""
        select entries.*, feeds.name as feed_name, {said} from entries join feeds on feeds.id = entries.feed {join}
        where entries.story in (select value from json_each(?))
        order by entries.story, entries.is_primary desc, feeds.position, entries.part
        """  # noqa: S608 - our own words
    return rows(db, sql, [json.dumps(stories)])
