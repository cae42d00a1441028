"""Stories that entries join: which ones are told under a key already, and becoming one story with others."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from feedhub.model.feed import FeedState
from feedhub.model.matching import Candidate, Decision, Joining
from feedhub.model.story import Suggestion
from feedhub.model.written import time_text
from feedhub.store import decisions, pairs, rules
from feedhub.store.connection import Database, rows

_ONE_POLL = timedelta(minutes=10)
"""What begins so shortly before is told at the same time: in one poll, answers are seconds or minutes apart."""


def candidates(db: Database, feed: FeedState, keys: Iterable[str], now: datetime) -> dict[str, list[Candidate]]:
    """Return, for keys, the stories that are told under them, as they are at this moment."""
    wanted = json.dumps(list(keys))
    if wanted == "[]":
        return {}
    found: dict[str, list[Candidate]] = defaultdict(list)
    for row in rows(db, _CANDIDATES, {"keys": wanted, "feed": feed.number, "lately": time_text(now - _ONE_POLL)}):
        found[row["key"]].append(_candidate(row))
    return found


_CANDIDATES = f"""
    with told as (
        select keys.key, coalesce(stories.merged_into, stories.id) as story, max(entries.feed = :feed) as own
        from keys join entries on entries.id = keys.entry join stories on stories.id = entries.story
        where keys.defining and keys.key in (select value from json_each(:keys)) group by 1, 2
    )
    select told.key, told.story, told.own, primary_entry.link, feeds.url, feeds.home, feeds.position,
        stories.first_seen >= :lately as is_new,
        exists (select 1 from blocks where blocks.story = told.story) as placed,
        {rules.TOUCHED} as touched
    from told join stories on stories.id = told.story
    join entries as primary_entry on primary_entry.story = told.story and primary_entry.is_primary
    join feeds on feeds.id = primary_entry.feed
    order by told.story
    """  # noqa: S608 - our own words


def _candidate(row: dict[str, Any]) -> Candidate:
    return Candidate(
        key=row["key"],
        story=row["story"],
        link=row["link"],
        feed=row["url"],
        home=row["home"],
        position=row["position"],
        is_new=bool(row["is_new"]),
        own=bool(row["own"]),
        touched=bool(row["touched"]),
        placed=bool(row["placed"]),
    )


def next_part(db: Database, story: int) -> int:
    """Return the number that the next entry of a story gets; none is ever given twice."""
    return int(db.execute("update stories set parts = parts + 1 where id = ? returning parts", [story]).fetchone()[0])


def elect(db: Database, story: int, entry: int | None = None) -> None:
    """Have exactly one entry of a story lead: this one, or else the one that does, or the first that there is."""
    sql = """
        update entries set is_primary = id = coalesce(:entry, (
            select id from entries where story = :story order by is_primary desc, part limit 1
        )) where story = :story
        """
    db.execute(sql, {"story": story, "entry": entry})


def today(db: Database, how: Joining) -> Joining:
    """Return a joining with the stories as they are by now: an entry before it may have made some of them one.

    What became part of another one meanwhile is no more to be absorbed: whether that is the same is asked.
    """
    wanted = [how.story, *how.absorbs, *how.doubts]
    sql = "select id, coalesce(merged_into, id) as now from stories where id in (select value from json_each(?))"
    now = {row["id"]: row["now"] for row in rows(db, sql, [json.dumps(wanted)])}
    story = now[how.story]
    absorbs = tuple(one for one in how.absorbs if now[one] == one != story)
    doubts = (now[one] for one in (*how.doubts, *how.absorbs) if one not in absorbs)
    moved = story != how.story
    return replace(
        how,
        story=story,
        leads=how.leads and not moved,
        led_by=how.led_by if how.led_by in absorbs else None,
        absorbs=absorbs,
        doubts=tuple(one for one in dict.fromkeys(doubts) if one not in (story, *absorbs)),
    )


def joined(db: Database, entry: int, how: Joining, now: datetime) -> None:
    """Remember by which key an entry joined a story, and make one of the stories that turn out to be the same."""
    what = [Decision(how.story, entry, "keys", "joined", how.key)]
    what += [Decision(how.story, entry, "lead", "leads", how.key)] if how.leads else []
    decisions.record(db, what, now)
    become_one(db, how, now)


def become_one(db: Database, how: Joining, now: datetime) -> None:
    """Make one of the stories that turn out to be the same, or ask an editor whether they are."""
    _absorb(db, how, now)
    for other in how.doubts:
        pairs.suggest(db, how.story, Suggestion(other, 100, how.key), how.by, now)


def _absorb(db: Database, how: Joining, now: datetime) -> None:
    """Make other stories, which no editor touched, part of one; their numbers go on working."""
    best = rows(db, "select id from entries where story = ? and is_primary", [how.led_by]) if how.led_by else []
    for other in how.absorbs:
        for row in rows(db, "select id from entries where story = ? order by part", [other]):
            values = [how.story, next_part(db, how.story), row["id"]]
            db.execute("update entries set story = ?, part = ?, is_primary = 0 where id = ?", values)
            decisions.record(db, [Decision(how.story, row["id"], how.by, "joined", how.key)], now)
        for sql in _ABSORB:
            db.execute(sql, {"one": how.story, "other": other})
        decisions.record(db, [Decision(how.story, None, how.by, f"merged {other}", how.key)], now)
    if best:
        elect(db, how.story, best[0]["id"])


_ABSORB = (
    "update stories set merged_into = :one where id = :other or merged_into = :other",
    """
    insert into tags (story, term, by) select :one, term, by from tags where story = :other and not removed
    on conflict do nothing
    """,
    # What one of the two has on the desk, nothing keeps off it any more.
    """
    update stories set hidden = null, hidden_by = null, backlog = 0 where id = :one and (hidden is not null or backlog)
    and exists (select 1 from stories where id = :other and hidden is null and not backlog)
    """,
    """
    update stories set score = max(-1000, min(1000, stories.score + other.score)),
        section = coalesce(stories.section, other.section)
    from stories as other where stories.id = :one and other.id = :other
    """,
)


def tell(db: Database, story: int, entry: int, now: datetime) -> None:
    """Bring a story back to the desk that was dropped or published before this entry joined it."""
    sql = """
        update stories set news_at = ? where id = ? and news_at is null and state in ('dropped', 'published')
        returning state
        """
    found = db.execute(sql, [time_text(now), story]).fetchone()
    if found:
        decisions.record(db, [Decision(story, entry, "keys", f"news since {found[0]}")], now)
