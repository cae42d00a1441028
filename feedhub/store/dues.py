"""Whether anything is to be looked at again: one question, which every poll asks, and which indexes answer."""

from datetime import date, datetime, timedelta

from feedhub.model.written import time_text
from feedhub.store.connection import Database, rows

FURTHEST = timedelta(days=62)
"""No visit is further ahead: what says so was written by a clock that was wrong."""


def is_due(db: Database, now: datetime, today: date) -> bool:
    """Tell whether there is: a visit, a feed that changed something, a new issue, a day that somebody awaits."""
    sql = """
        select exists (select 1 from altered)
        or exists (select 1 from targets where next_at <= :now)
        or exists (select 1 from targets where next_at > :far)
        or exists (select 1 from issues where state = 'published'
            and not exists (select 1 from cited where issue = issues.id))
        or exists (select 1 from follows where ended is null and until between '0' and :today) as due
        """
    values = {"now": time_text(now), "far": time_text(now + FURTHEST), "today": today.isoformat()}
    return bool(rows(db, sql, values)[0]["due"])


def note_altered(db: Database, feed: int) -> None:
    """Remember, in a poll's own transaction, that a feed changed something, or took it back: who looks may die."""
    db.execute("insert into altered (feed) values (?) on conflict do nothing", [feed])
