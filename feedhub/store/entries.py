"""Entries in the store: what each feed said, its earlier revisions, and which story each belongs to."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedhub.model.document import Entry
from feedhub.model.feed import Counts, FeedState
from feedhub.model.matching import Changed, Decisions, Known, New, Said
from feedhub.model.written import from_json, text_time, time_text, to_json
from feedhub.store import search
from feedhub.store.connection import Database, Rows, rows

_MOST_REVISIONS = 24
_COLUMNS = ("title", "link", "published", "updated")
"""Fields of an entry that have columns of their own, as id (guid) and authors (JSON) have; the rest is texts.said."""


def known(db: Database, feed: FeedState, said: Sequence[Said]) -> list[Known]:
    """Return what is known of a feed's entries, as far as a document can be compared with it.

    Those that were in its document last time, those that vanished lately, and any older one with an id or page in it.
    """
    wanted = {
        "feed": feed.number,
        "guids": json.dumps([told.id for told in said if told.id]),
        "pages": json.dumps([told.page for told in said if told.page]),
        "titles": json.dumps([told.title_key for told in said if told.title_key]),
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
    told = _told_elsewhere(db, feed, decisions.new)
    # A document has its newest entry first: told in reverse, newer stories get higher numbers.
    for new in reversed(decisions.new):
        _add(db, feed, newsletter_id, new, told.get(new.said.key or ""), at)
    _mark(db, decisions.gone, at)
    _mark(db, decisions.back, None)
    backlog = sum(new.backlog for new in decisions.new)
    return Counts(len(decisions.new), backlog, len(decisions.changed), len(decisions.gone))


def entry_of(row: dict[str, Any]) -> Entry:
    """Return the entry of a row of entries, with its text where the row was joined with texts."""
    said = json.loads(row["said"]) if row.get("said") else {}
    columns = {"id": row["guid"], "authors": json.loads(row["authors"]), **{name: row[name] for name in _COLUMNS}}
    return from_json(Entry, said | {name: value for name, value in columns.items() if value is not None})


def _add(db: Database, feed: FeedState, newsletter_id: str, new: New, story: int | None, at: str) -> None:
    """Write a new entry, into the story that it republishes, into this one that others told, or into a new one."""
    if new.follows is not None:
        story = int(rows(db, "select story from entries where id = ?", [new.follows])[0]["story"])
    part, is_primary = 1, True
    if story is None:
        story = _begin(db, newsletter_id, feed, new, at)
    else:
        part = rows(db, "select coalesce(max(part), 0) + 1 as part from entries where story = ?", [story])[0]["part"]
        is_primary = part == 1 or _leads(db, feed, story, new, at)
        if is_primary:
            db.execute("update entries set is_primary = 0 where story = ?", [story])
        if not new.backlog:  # What one feed tells as news is no other feed's backlog any more.
            db.execute("update stories set backlog = 0 where id = ? and backlog", [story])
    values = (*_values(new.said), feed.number, story, part, at, int(is_primary))
    number = int(db.execute(_INSERT, values).lastrowid or 0)
    db.execute("insert into texts (entry, said) values (?, ?)", (number, new.said.text))
    if new.backlog:  # Who searches first has it indexed: hardly anybody looks for what was there before.
        search.leave(db, number)
    else:
        _index(db, number, new.said)
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


def _told_elsewhere(db: Database, feed: FeedState, news: Sequence[New]) -> dict[str, int]:
    """Return, for the keys of new entries, the stories in which another feed told of them, the earliest of each."""
    sql = """
        select keys.key, min(coalesce(stories.merged_into, stories.id)) as story from keys
        join entries on entries.id = keys.entry join stories on stories.id = entries.story
        where keys.key in (select value from json_each(?)) and keys.defining and entries.feed != ? group by 1
        """
    keys = [new.said.key for new in news if new.said.key]
    return {row["key"]: row["story"] for row in rows(db, sql, [json.dumps(keys), feed.number])} if keys else {}


def _begin(db: Database, newsletter_id: str, feed: FeedState, new: New, at: str) -> int:
    """Begin a story; its permanent id is made of its first entry's feed and id, with a number when it is used again."""
    base = f"{feed.feed.url}\0{new.said.id or new.said.link or new.said.title_key}"
    for turn in range(1_000_000):
        digest = hashlib.blake2b(f"{base}\0{turn or ''}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        uid = f"{newsletter_id}/story/{digest}"
        made = db.execute(
            "insert into stories (uid, first_seen, backlog) values (?, ?, ?) on conflict do nothing returning id",
            (uid, at, int(new.backlog)),
        ).fetchone()
        if made:
            return int(made[0])
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
    db.execute(_UPDATE, (*_values(change.said), change.number))
    db.execute("insert or replace into texts (entry, said) values (?, ?)", (change.number, change.said.text))
    _index(db, change.number, change.said)
    db.execute("delete from keys where entry = ?", [change.number])
    _add_key(db, change.number, change.said)


_VALUES = (
    "guid", "page", "title_key", "title", "link", "authors", "published", "updated", "fingerprint", "rule_version",
)  # fmt: skip
_PLACES = ("feed", "story", "part", "first_seen", "is_primary")
_INSERT = f"""
    insert into entries ({", ".join(_VALUES + _PLACES)})
    values ({", ".join("?" * len(_VALUES + _PLACES))})
    """  # noqa: S608 - our own names
_UPDATE = f"update entries set {', '.join(f'{name} = ?' for name in _VALUES)} where id = ?"  # noqa: S608 - as above


def _values(said: Said) -> tuple[Any, ...]:
    """Return what the columns of _VALUES hold."""
    published, updated = said.published and time_text(said.published), said.updated and time_text(said.updated)
    ids = (said.id, said.page, said.title_key, said.title, said.link)
    return (*ids, said.authors, published, updated, said.fingerprint, said.version)


def _index(db: Database, number: int, said: Said) -> None:
    search.index_entry(db, number, said.title or "", said.entry.text)


def _add_key(db: Database, number: int, said: Said) -> None:
    key = said.key or said.page
    if key:
        db.execute("insert into keys (key, entry, defining) values (?, ?, ?)", (key, number, int(said.key is not None)))


def _add_tags(db: Database, story: int, feed: FeedState) -> None:
    """Give a story its feed's tags; one that an editor removed by hand stays removed."""
    for term in feed.feed.tags:
        sql = "insert into tags (story, term, by) values (?, ?, ?) on conflict do nothing"
        db.execute(sql, (story, term, f"feed {feed.feed.name}"))


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
