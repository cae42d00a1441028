"""What was decided about stories without an editor, and by which rule: what `why` tells."""

from collections.abc import Sequence
from datetime import datetime

from feedhub.model.matching import Decision
from feedhub.model.written import text_time, time_text
from feedhub.store.connection import Database, rows


def record(db: Database, decisions: Sequence[Decision], now: datetime) -> None:
    """Remember decisions."""
    sql = "insert into decisions (at, story, entry, by, what, matched) values (?, ?, ?, ?, ?, ?)"
    for one in decisions:
        db.execute(sql, [time_text(now), one.story, one.entry, one.by, one.what, one.matched])


def of_story(db: Database, number: int) -> tuple[tuple[datetime, Decision], ...]:
    """Return what was decided about a story and about the entries that are in it now, the earliest first."""
    sql = """
        select * from decisions
        where story in (select id from stories where id = :story or merged_into = :story)
        or entry in (select id from entries where story = :story) order by id
        """
    return tuple(
        (text_time(row["at"]), Decision(row["story"], row["entry"], row["by"], row["what"], row["matched"]))
        for row in rows(db, sql, {"story": number})
    )
