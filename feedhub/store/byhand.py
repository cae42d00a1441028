"""What editors add themselves: a row of feeds that nobody polls and no list shows, and the stories of its entries."""

import json
from collections.abc import Iterable
from datetime import datetime

from feedhub.model.feed import BY_HAND, Feed, FeedState
from feedhub.model.matching import Decisions, New, Said, Told
from feedhub.model.written import time_text
from feedhub.store import entries
from feedhub.store.connection import Database, rows

TAKEN_BACK = "taken back"
"""The reason of a story whose adding was undone: stories are never deleted."""


def known(db: Database, keys: Iterable[str]) -> list[int]:
    """Return the stories that are told under one of these keys or links, the earliest first; mentions do not count."""
    sql = """
        select distinct coalesce(stories.merged_into, stories.id) as story from keys
        join entries on entries.id = keys.entry join stories on stories.id = entries.story
        where keys.key in (select value from json_each(?)) and (keys.defining or keys.key = entries.page) order by 1
        """
    return [row["story"] for row in rows(db, sql, [json.dumps(list(keys))])]


def taken_back(db: Database, said: Said) -> Told | None:
    """Return the entry that told the same and whose adding was undone, if nobody said anything else of it since."""
    sql = """
        select entries.id, story from keys join entries on entries.id = keys.entry join stories on stories.id = story
        where keys.key in (select value from json_each(?)) and keys.defining
        and state = 'dropped' and reason = ? and decided_by is null order by 1 limit 1
        """
    found = rows(db, sql, [json.dumps(said.keys), TAKEN_BACK])
    return Told(found[0]["id"], found[0]["story"], said) if found else None


def add(db: Database, newsletter_id: str, said: Said, editor: str, now: datetime) -> Told:
    """Write an editor's entry, as a story of its own that is not on the desk yet: an act puts it there."""
    decisions = Decisions(new=(New(said),), changed=(), gone=(), back=(), gap=False)
    (told,) = entries.record(db, _feed(db, newsletter_id, now), newsletter_id, decisions, now)
    # What an editor began is nothing that a rule makes part of another story.
    db.execute("update entries set placed_by = ? where id = ?", [f"editor {editor}", told.entry])
    db.execute("update stories set state = 'dropped', reason = ? where id = ?", [TAKEN_BACK, told.story])
    return told


def _feed(db: Database, newsletter_id: str, now: datetime) -> FeedState:
    """Return the feed of what is added by hand, made by the first of it; it is retired, so that nobody polls it."""
    sql = """
        insert into feeds (name, url, kind, uid, position, retired_since) values (?, 'hand:', 'hand', ?, 1000000, ?)
        on conflict (name) do nothing
        """
    db.execute(sql, [BY_HAND, f"{newsletter_id}/feed/by%20hand", time_text(now)])
    row = rows(db, "select id, position from feeds where name = ?", [BY_HAND])[0]
    return FeedState(row["id"], Feed(BY_HAND, "hand:", "hand"), row["position"])
