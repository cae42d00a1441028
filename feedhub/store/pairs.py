"""Pairs of stories that may be one: suggestions that wait for an editor, and what editors said.

Verdicts are written by acts. A pair holds for the stories as they are today: what was said of a story that became part
of another one is said of that one.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from feedhub.model.story import Suggestion
from feedhub.model.written import time_text
from feedhub.store.connection import Database, Rows, rows


def suggest(db: Database, story: int, suggestion: Suggestion, by: str, now: datetime) -> None:
    """Suggest that two stories are one; what was suggested before, or decided by an editor, stays as it is."""
    sql = f"""
        with {_KNOWN_AS}
        insert into pairs (one, other, at, by, matched, score)
        select min(:story, :other), max(:story, :other), :at, :by, :matched, :score
        where not exists (
            select 1 from known_as as ours join known_as as theirs on theirs.story != ours.story
            join pairs on pairs.one = ours.number and pairs.other = theirs.number
        ) and :story != :other
        """  # noqa: S608 - our own words
    values = {"story": story, "other": suggestion.story, "stories": json.dumps([story, suggestion.story])}
    said = {"at": time_text(now), "by": by, "matched": suggestion.matched, "score": suggestion.score}
    db.execute(sql, values | said)


def waiting(db: Database, stories: Iterable[int]) -> dict[int, tuple[Suggestion, ...]]:
    """Return, for stories, which others may be the same that no editor has decided on, the likeliest first."""
    wanted = list(stories)
    by_pair: dict[tuple[int, int], Rows] = defaultdict(list)
    for row in rows(db, _CONCERNING, {"stories": json.dumps(wanted)}):
        by_pair[min(row["one"], row["other"]), max(row["one"], row["other"])].append(row)
    found: dict[int, list[Suggestion]] = {story: [] for story in wanted}
    for pair, told in by_pair.items():
        if pair[0] != pair[1] and all(row["verdict"] is None for row in told):
            _tell(found, pair, max(told, key=lambda row: row["score"]))
    return {story: tuple(sorted(each, key=lambda one: (-one.score, one.story))) for story, each in found.items()}


def _tell(found: dict[int, list[Suggestion]], pair: tuple[int, int], row: dict[str, Any]) -> None:
    for story, other in (pair, pair[::-1]):
        if story in found:
            found[story].append(Suggestion(other, row["score"], row["matched"]))


_KNOWN_AS = """
    known_as (story, number) as (
        select value, value from json_each(:stories)
        union all select value, stories.id from json_each(:stories) join stories on stories.merged_into = value
    )
    """
_CONCERNING = f"""
    with {_KNOWN_AS},
    concerning (id) as (
        select pairs.id from known_as join pairs on pairs.one = known_as.number
        union select pairs.id from known_as join pairs on pairs.other = known_as.number
    )
    select coalesce(first.merged_into, first.id) as one, coalesce(last.merged_into, last.id) as other,
        pairs.score, pairs.matched, pairs.verdict
    from concerning cross join pairs on pairs.id = concerning.id
    cross join stories as first on first.id = pairs.one cross join stories as last on last.id = pairs.other
    order by pairs.id
    """  # noqa: S608 - our own words
