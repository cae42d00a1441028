"""Feeds in the store: who they are over renames and new addresses, and what came of visiting them."""

import itertools
import json
from collections.abc import Container, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from feedhub.model.feed import Counts, Failed, Feed, FeedState, Fetched, Gone, Poll, Validators
from feedhub.model.written import text_time, time_text
from feedhub.store.connection import rows, writing

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
        forget = (
            "update feeds set etag = null, last_modified = null, body_hash = null, poll_after = null, "
            "hold_until = null, failures = 0, failing_since = null, error = null, gone_since = null, "
            "proposed_url = null where id = ?"
        )
        statements.append((forget, [row["id"]]))
    return statements


def states(db: Database) -> tuple[FeedState, ...]:
    """Return what is known of every feed that is listed, by name."""
    return tuple(_state(row) for row in rows(db, "select * from feeds where retired_since is null order by position"))


def names(db: Database) -> frozenset[str]:
    """Return the names of all feeds that ever were, retired ones as well."""
    return frozenset(row["name"] for row in rows(db, "select name from feeds"))


def record(db: Database, poll: Poll, counts: Counts, *, gap: bool) -> None:
    """Remember what came of a visit; `gap` says that nothing was left of what the feed said at the visit before."""
    at, number = time_text(poll.at), poll.feed.number
    match poll.outcome:
        case Failed(reason):
            values = {"failures": poll.feed.failures + 1, "error": reason}
            values["failing_since"] = time_text(poll.feed.failing_since or poll.at)
        case Gone():
            values = {"gone_since": at, "error": "410: the publisher says that it is gone for good"}
        case _:
            values = {"failures": 0, "failing_since": None, "error": None}
    if isinstance(poll.outcome, Fetched):
        head = poll.outcome.document.head
        values |= {"title": head.title, "home": head.link, "gap_since": at if gap else None}
    if poll.validators is not None:
        values |= {"etag": poll.validators.etag, "last_modified": poll.validators.last_modified}
    if poll.body_hash is not None:
        values |= {"body_hash": poll.body_hash}
    values |= {
        "checked": at,
        "poll_after": time_text(poll.poll_after),
        "hold_until": poll.hold_until and time_text(poll.hold_until),
        "proposed_url": poll.moved_to,
    }
    assignments = ", ".join(f"{column} = :{column}" for column in values)
    db.execute(f"update feeds set {assignments} where id = :id", values | {"id": number})  # noqa: S608 - our own names
    _remember(db, poll, counts)


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


def _state(row: dict[str, Any]) -> FeedState:
    time = {name: row[name] and text_time(row[name]) for name in _TIMES}
    return FeedState(
        number=row["id"],
        feed=Feed(row["name"], row["url"], row["kind"], row["section"], tuple(json.loads(row["tags"]))),
        position=row["position"],
        title=row["title"],
        home=row["home"],
        validators=Validators(row["etag"], row["last_modified"]),
        body_hash=row["body_hash"],
        failures=row["failures"],
        error=row["error"],
        proposed_url=row["proposed_url"],
        **time,
    )


_TIMES = ("checked", "poll_after", "hold_until", "failing_since", "gone_since", "gap_since")
