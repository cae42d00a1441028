"""Feeds in the store: who they are over renames and new addresses, and what came of visiting them."""

import itertools
import json
from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedhub.model.feed import Counts, Failed, Feed, FeedState, Gone, Poll, Validators
from feedhub.model.written import text_time, time_text
from feedhub.store.connection import Database, rows, writing

_HISTORY = timedelta(days=400)


def reconcile(db: Database, feeds: Sequence[Feed], newsletter_id: str, now: datetime) -> None:
    """Match the feeds of feeds.yaml to the rows: by name; an unknown name whose URL no name claims is a renamed feed.

    A feed that is listed no more is retired: not polled, its stories stay. Writes only what differs.
    """
    known = {row["name"]: row for row in rows(db, "select * from feeds")}
    listed = {feed.name for feed in feeds}
    unclaimed = [row for row in known.values() if row["name"] not in listed]
    statements: list[tuple[str, list[Any]]] = []
    uids = {row["uid"] for row in known.values()}
    for position, feed in enumerate(feeds):
        row = known.get(feed.name) or _take(unclaimed, feed.url)
        if row is None:
            uid = _mint(f"{newsletter_id}/feed/{feed.name}", uids)
            uids.add(uid)
            statements.append((_INSERT, [*_said(feed, position), uid]))
        elif row["retired_since"] is not None or _said(feed, position) != [row[name] for name in _SAID]:
            statements.extend(_update(row, feed, position))
    retired = [row["id"] for row in unclaimed if row["retired_since"] is None]
    statements.extend(("update feeds set retired_since = ? where id = ?", [time_text(now), row]) for row in retired)
    if statements:
        with writing(db):
            for sql, values in statements:
                db.execute(sql, values)


_SAID = ("name", "url", "kind", "section", "tags", "position")
_INSERT = """
    insert into feeds (name, url, kind, section, tags, position, uid) values (?, ?, ?, ?, ?, ?, ?)
    on conflict (name) do nothing
    """  # Another process may reconcile at the same moment.


def _said(feed: Feed, position: int) -> list[Any]:
    """Return what feeds.yaml says of a feed, as the columns of _SAID."""
    return [feed.name, feed.url, feed.kind, feed.section, json.dumps(feed.tags, ensure_ascii=False), position]


def _take(unclaimed: list[dict[str, Any]], url: str) -> dict[str, Any] | None:
    """Take the row of an address out of those that no name claims; one that is still polled before a retired one."""
    found = [row for row in unclaimed if row["url"] == url]
    for row in sorted(found, key=lambda row: row["retired_since"] or ""):
        unclaimed.remove(row)
        return row
    return None


def _mint(uid: str, taken: Container[str]) -> str:
    """Return a feed's permanent id; a name that another feed had before gets a number."""
    candidates = (uid if turn == 1 else f"{uid}-{turn}" for turn in itertools.count(1))
    return next(candidate for candidate in candidates if candidate not in taken)


def _update(row: dict[str, Any], feed: Feed, position: int) -> list[tuple[str, list[Any]]]:
    """Take over what feeds.yaml says now; what was learned of an old address does not hold for a new one."""
    settings = ", ".join(f"{name} = ?" for name in _SAID)
    statements = [
        (f"update feeds set {settings}, retired_since = null where id = ?", [*_said(feed, position), row["id"]])  # noqa: S608
    ]
    if row["url"] != feed.url:
        moved = (
            "update feeds set proposed_url = null, moved_since = null, used_url = null, moved_polls = 0 where id = ?"
        )
        statements.append((moved, [row["id"]]))
    if row["url"] != feed.url and feed.url != row["used_url"]:
        forget = """
            update feeds set etag = null, last_modified = null, body_hash = null, poll_after = null, hold_until = null,
                failures = 0, failing_since = null, error = null, gone_since = null, ttl = null where id = ?
            """
        statements.append((forget, [row["id"]]))
    return statements


def states(db: Database, listed: Sequence[Feed]) -> tuple[FeedState, ...]:
    """Return what is known of the feeds of feeds.yaml, in its order; of a feed without a row yet, nothing."""
    known = {row["name"]: row for row in rows(db, "select * from feeds where retired_since is null")}
    return tuple(
        _state(known[feed.name], feed, position) if feed.name in known else FeedState(0, feed, position)
        for position, feed in enumerate(listed)
    )


def titles(db: Database) -> dict[str, str]:
    """Return what feeds call themselves, or else we them, by name; retired ones as well."""
    return {row["name"]: row["title"] or row["name"] for row in rows(db, "select name, title from feeds")}


def names(db: Database) -> frozenset[str]:
    """Return the names of all feeds that ever were, retired ones as well."""
    return frozenset(row["name"] for row in rows(db, "select name from feeds"))


def retired(db: Database) -> dict[str, str]:
    """Return the names of feeds that are listed no more, by address: listed again, they go on where they were."""
    sql = "select url, name from feeds where retired_since is not null and kind != 'hand'"
    return {row["url"]: row["name"] for row in rows(db, sql)}


def story_counts(db: Database) -> dict[str, int]:
    """Return how many stories each feed told, by name."""
    sql = """
        select feeds.name, count(distinct entries.story) as stories
        from feeds join entries on entries.feed = feeds.id group by feeds.id
        """
    return {row["name"]: row["stories"] for row in rows(db, sql)}


def introduce(db: Database, said: Sequence[tuple[str, str | None, str | None]]) -> None:
    """Take over title and home of feeds, by name, from a list of feeds, until their documents say them."""
    sql = """
        update feeds set title = coalesce(title, value ->> 1), home = coalesce(home, value ->> 2)
        from json_each(?) where feeds.name = value ->> 0
        """
    with writing(db):
        db.execute(sql, [json.dumps(said)])


def record(db: Database, poll: Poll, state: FeedState, counts: Counts) -> None:
    """Remember what came of a visit: the state after it, and the history where there is something to remember."""
    values = {name: getattr(state, name) for name in _KEPT}
    values |= {name: _text(getattr(state, name)) for name in _TIMES}
    values |= {"etag": state.validators.etag, "last_modified": state.validators.last_modified, "id": state.number}
    db.execute(_RECORD, values)
    if state.held_since != poll.feed.held_since:  # Else an editor may have ended the hold while the poll was under way.
        db.execute("update feeds set held_since = ? where id = ?", [values["held_since"], state.number])
    _remember(db, poll, counts)


def pause(db: Database, number: int, until: datetime) -> None:
    """Do not visit a feed before a time."""
    with writing(db):
        db.execute("update feeds set paused_until = ? where id = ?", [time_text(until), number])


def resume(db: Database, number: int) -> None:
    """Visit a feed again at the next poll, whatever kept us from it: a pause, a 410, failures."""
    sql = """
        update feeds set paused_until = null, gone_since = null, hold_until = null, poll_after = null, failures = 0,
            failing_since = null, error = null where id = ?
        """
    with writing(db):
        db.execute(sql, [number])


def acknowledge(db: Database, number: int, now: datetime) -> None:
    """Remember that an editor knows of a feed's trouble."""
    with writing(db):
        db.execute("update feeds set acked = ? where id = ?", [time_text(now), number])


def release(db: Database, number: int, now: datetime, *, backlog: bool) -> int:
    """End the hold of a feed: what waits of it comes to the desk, or is backlog; return how many stories that are.

    What joined stories that were dropped or published is news of those then.
    """
    from feedhub.store import rules  # No poll needs it here, nor what it imports.

    sql = """
        update stories set hidden = null, hidden_by = null, backlog = :backlog
        where hidden_by = 'hold' and hidden is not null and exists (
            select 1 from entries where entries.story = stories.id and entries.feed = :feed
        ) returning id
        """
    with writing(db):
        rules.take_over(db, number)
        if not backlog:
            db.execute(_NEWS, {"feed": number, "now": time_text(now)})
        db.execute("update feeds set held_since = null where id = ?", [number])
        return len(rows(db, sql, {"feed": number, "backlog": int(backlog)}))


_NEWS = """
    update stories set news_at = :now where news_at is null and state in ('dropped', 'published') and exists (
        select 1 from entries join feeds on feeds.id = entries.feed
        where entries.story = stories.id and feeds.id = :feed and entries.first_seen >= feeds.held_since)
    """


def _remember(db: Database, poll: Poll, counts: Counts) -> None:
    """Add to the history, where there is something to remember, and drop what is older than 400 days."""
    failed = poll.outcome.reason if isinstance(poll.outcome, Failed) else None
    if not (counts.new or counts.changed or counts.gone or failed or poll.moved_to or isinstance(poll.outcome, Gone)):
        return
    outcome = type(poll.outcome).__name__.lower()
    db.execute(
        "insert into polls (feed, at, outcome, new, backlog, changed, gone, error) values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            poll.feed.number,
            time_text(poll.at),
            outcome,
            counts.new,
            counts.backlog,
            counts.changed,
            counts.gone,
            failed,
        ],
    )
    db.execute("delete from polls where feed = ? and at < ?", [poll.feed.number, time_text(poll.at - _HISTORY)])


def _state(row: dict[str, Any], feed: Feed, position: int) -> FeedState:
    values: dict[str, Any] = {name: row[name] for name in _KEPT}
    values |= {name: row[name] and text_time(row[name]) for name in _TIMES}
    return FeedState(row["id"], feed, position, validators=Validators(row["etag"], row["last_modified"]), **values)


def _text(time: datetime | None) -> str | None:
    return time_text(time) if time else None


_TIMES = (
    "checked", "poll_after", "hold_until", "failing_since", "gone_since", "gap_since", "known_since", "news_at",
    "moved_since", "paused_until", "acked", "held_since",
)  # fmt: skip
_KEPT = (
    "title", "home", "body_hash", "failures", "error", "proposed_url", "moved_polls", "used_url", "ttl", "news_gap",
)  # fmt: skip
_EDITORS = ("acked", "held_since")
"""What an editor may write while a poll is under way."""
_COLUMNS = (*(name for name in _TIMES if name not in _EDITORS), *_KEPT, "etag", "last_modified")
_RECORD = f"update feeds set {', '.join(f'{name} = :{name}' for name in _COLUMNS)} where id = :id"  # noqa: S608 - ours
