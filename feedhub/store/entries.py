"""Entries in the store: what each feed said, its earlier revisions, and which story each belongs to."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from feedhub.model.document import Entry
from feedhub.model.feed import FeedState
from feedhub.model.matching import Changed, Decisions, Joining, Known, New, Said, Told
from feedhub.model.written import from_json, text_time, time_text, to_json
from feedhub.store import joining, search
from feedhub.store.connection import Database, Rows, rows
from feedhub.text.addresses import is_web

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
        select id, guid, page, title_key, published, updated, fingerprint, gone_since, rule_version from entries
        where id in (
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
        row["rule_version"],
        row["updated"] and text_time(row["updated"]),
    )


def saying(db: Database, numbers: Sequence[int]) -> dict[int, Entry]:
    """Return what entries say, as it is stored, by their numbers."""
    sql = """
        select entries.*, texts.said from entries left join texts on texts.entry = entries.id
        where entries.id in (select value from json_each(?))
        """
    return {row["id"]: entry_of(row) for row in rows(db, sql, [json.dumps(list(numbers))])}


def record(db: Database, feed: FeedState, newsletter_id: str, decisions: Decisions, now: datetime) -> tuple[Told, ...]:
    """Write what a document brought: new entries into their stories, revisions of changed ones, who is gone or back.

    Returns the entries that are new or have a new text, with the stories that they are in.
    """
    at = time_text(now)
    revised = [_revise(db, change, at) for change in decisions.changed]
    renew(db, decisions.renewed)
    # A document has its newest entry first: told in reverse, newer stories get higher numbers.
    begun: dict[str, int] = {}
    added = []
    for new in reversed(decisions.new):
        added.append(_add(db, feed, newsletter_id, _with_siblings(new, begun), now))
        begun |= dict.fromkeys((key for key in new.said.keys if not is_web(key)), added[-1].story)
    _mark(db, decisions.gone, at)
    _mark(db, decisions.back, None)
    return (*revised, *added)


def outdated(db: Database, version: int, most: int) -> dict[int, tuple[Entry, bool]]:
    """Return, by their numbers, entries whose keys were made by other rules, and whether their page is theirs alone."""
    sql = """
        select entries.*, texts.said, exists (
            select 1 from keys where keys.entry = entries.id and keys.key = entries.page and not keys.defining
        ) as shared
        from entries left join texts on texts.entry = entries.id
        where rule_version != ? order by entries.id limit ?
        """
    return {row["id"]: (entry_of(row), bool(row["shared"])) for row in rows(db, sql, [version, most])}


def renew(db: Database, changes: Sequence[Changed]) -> None:
    """Put what the rules make of entries now in place of what they made before: no revision, nothing new."""
    for change in changes:
        _renew(db, change)


def entry_of(row: dict[str, Any]) -> Entry:
    """Return the entry of a row of entries, with its text where the row was joined with texts."""
    said = json.loads(row["said"]) if row.get("said") else {}
    columns = {"id": row["guid"], "authors": json.loads(row["authors"]), **{name: row[name] for name in _COLUMNS}}
    return from_json(Entry, said | {name: value for name, value in columns.items() if value is not None})


def _with_siblings(new: New, begun: Mapping[str, int]) -> New:
    """Have an entry join the story of another one of its own document with which it shares a key that is no link."""
    shared = next((key for key in new.said.keys if key in begun), None)
    return new if new.joins or shared is None else replace(new, joins=Joining(begun[shared], shared))


def _add(db: Database, feed: FeedState, newsletter_id: str, new: New, now: datetime) -> Told:
    """Write a new entry, into the story that it republishes, into one that others told, or into a new one."""
    at = time_text(now)
    if new.joins:
        new = replace(new, joins=joining.today(db, new.joins))
    story = new.joins.story if new.joins else None
    if new.follows is not None:
        story = int(rows(db, "select story from entries where id = ?", [new.follows])[0]["story"])
    began = story is None
    if story is None:
        story = _begin(db, newsletter_id, feed, new, at)
    part = 1 if began else joining.next_part(db, story)
    values = (*_values(new.said), feed.number, story, part, at, int(began))
    number = int(db.execute(_INSERT, values).lastrowid or 0)
    db.execute("insert into texts (entry, said) values (?, ?)", (number, new.said.text))
    if new.backlog:  # Who searches first has it indexed: hardly anybody looks for what was there before.
        search.leave(db, number)
    else:
        _index(db, number, new.said)
    _add_keys(db, number, new.said)
    _add_tags(db, story, feed)
    if not began:
        _join(db, story, number, new, now)
    return Told(number, story, new.said, began=began, backlog=new.backlog, held=new.held)


def _join(db: Database, story: int, number: int, new: New, now: datetime) -> None:
    """Say what it means for a story that an entry joined it.

    What republishes a vanished entry leads, since the link of the old one is dead; and it is no news.
    """
    if new.joins and new.follows is None:
        joining.joined(db, number, new.joins, now)
        if not new.backlog and not new.held:
            joining.tell(db, story, number, now)
    elif new.joins and new.joins.story != story:  # It was published again, as what another story is about.
        joining.become_one(db, Joining(story, new.joins.key, doubts=(new.joins.story,)), now)
    if new.follows is not None or (new.joins and new.joins.leads):
        joining.elect(db, story, number)


_HELD = ("its feed replaced most of what it said at once", "hold")
_BEGIN = """
    insert into stories (uid, first_seen, backlog, parts, hidden, hidden_by) values (?, ?, ?, 1, ?, ?)
    on conflict do nothing returning id
    """


def _begin(db: Database, newsletter_id: str, feed: FeedState, new: New, at: str) -> int:
    """Begin a story."""
    for uid in uids(newsletter_id, feed.feed.url, new.said.id or new.said.link or new.said.title_key):
        values = (uid, at, int(new.backlog), *(_HELD if new.held else (None, None)))
        made = db.execute(_BEGIN, values).fetchall()
        if made:
            return int(made[0][0])
    raise AssertionError("a million stories with one id")


def uids(newsletter_id: str, address: str, name: str) -> Iterator[str]:
    """Yield the permanent ids for a story in the order in which they are tried: the first that is free is its own.

    They are made of its first entry's feed and id, with a number when that was used already.
    """
    for turn in range(1_000_000):
        said = f"{address}\0{name}\0{turn or ''}"
        digest = hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        yield f"{newsletter_id}/story/{digest}"


def _revise(db: Database, change: Changed, at: str) -> Told:
    """Put what an entry says now in place of what it said, which becomes a revision."""
    row = rows(db, "select story, fingerprint from entries where id = ?", [change.number])[0]
    before = json.dumps(to_json(saying(db, [change.number])[change.number]), ensure_ascii=False)
    db.execute(
        "insert into revisions (entry, until, fingerprint, said) values (?, ?, ?, ?)",
        [change.number, at, row["fingerprint"], before],
    )
    db.execute(
        "delete from revisions where entry = :entry and id not in "
        "(select id from revisions where entry = :entry order by id desc limit :most)",
        {"entry": change.number, "most": _MOST_REVISIONS},
    )
    _renew(db, change)
    return Told(change.number, row["story"], change.said, changed=True)


def _renew(db: Database, change: Changed) -> None:
    """Put what an entry says now, and what the rules make of it, in place of what was there."""
    db.execute(_UPDATE, (*_values(change.said), change.number))
    db.execute("insert or replace into texts (entry, said) values (?, ?)", (change.number, change.said.text))
    _index(db, change.number, change.said)
    db.execute("delete from keys where entry = ?", [change.number])
    _add_keys(db, change.number, change.said)


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


def _add_keys(db: Database, number: int, said: Said) -> None:
    known = dict.fromkeys(said.mentions, 0)
    if said.page:
        known[said.page] = 0
    known |= dict.fromkeys(said.keys, 1)
    sql = "insert into keys (key, entry, defining) values (?, ?, ?)"
    db.executemany(sql, [(key, number, defining) for key, defining in known.items()])


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
