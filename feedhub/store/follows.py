"""What editors wait for, and bringing a story back to the desk when it comes."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedhub.model.feed import BY_HAND
from feedhub.model.watching import Follow, News
from feedhub.model.written import text_time, time_text
from feedhub.store.connection import Database, insert, rows


def waiting(db: Database, story: int | None = None) -> tuple[Follow, ...]:
    """Return what is waited for, of a story or at all, the earliest first."""
    sql = """
        select follows.*, coalesce(stories.merged_into, stories.id) as today
        from follows join stories on stories.id = follows.story
        where ended is null and (:story is null or today = :story) order by follows.id
        """
    return tuple(map(_follow, rows(db, sql, {"story": story})))


def _follow(row: dict[str, Any]) -> Follow:
    ended = row["ended"] and text_time(row["ended"])
    return Follow(row["id"], row["today"], row["until"], row["editor"], text_time(row["at"]), ended, row["why"])


def conditions(db: Database, stories: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Return what is waited for, by story."""
    sql = """
        select story, json_group_array(until) as untils from (
            select coalesce(stories.merged_into, stories.id) as story, until
            from follows join stories on stories.id = follows.story
            where ended is null
            and coalesce(stories.merged_into, stories.id) in (select value from json_each(?)) order by follows.id
        ) group by story
        """
    return {row["story"]: tuple(json.loads(row["untils"])) for row in rows(db, sql, [json.dumps(list(stories))])}


def recalled(db: Database, stories: Sequence[int]) -> dict[int, str]:
    """Return why stories are back at the desk, of those that somebody or something called back last."""
    sql = """
        select story, why from recalls join stories on stories.id = story
        where recalls.at = news_at and story in (select value from json_each(?)) order by recalls.id
        """
    return {row["story"]: row["why"] for row in rows(db, sql, [json.dumps(list(stories))])}


def last_covered(db: Database, story: int) -> str | None:
    """Return the last issue that was published with a story."""
    sql = """
        select number from cited join issues on issues.id = issue join stories on stories.id = cited.story
        where coalesce(stories.merged_into, stories.id) = ? order by issues.published desc limit 1
        """
    return next((f"No. {row['number']}" for row in rows(db, sql, [story])), None)


def wait_at(db: Database, follow: int, target: int) -> None:
    """Have a target visited daily while somebody waits for something that can be seen there."""
    db.execute("insert into waits (follow, target) values (?, ?) on conflict do nothing", [follow, target])


def end(db: Database, follow: Follow, why: str, now: datetime) -> None:
    """Remember that what was waited for has come."""
    db.execute("update follows set ended = ?, why = ? where id = ?", [time_text(now), why, follow.number])


def recall(db: Database, story: int, why: str, now: datetime) -> None:
    """Bring a story back to the desk, whatever kept it off, and say why."""
    db.execute("update stories set news_at = ?, backlog = 0, hidden = null where id = ?", [time_text(now), story])
    insert(db, "recalls", {"story": story, "at": time_text(now), "why": why})


def news_of(db: Database, story: int, since: datetime) -> News:
    """Return what was told of a story since a time: of it, and of what it is about."""
    values = {"story": story, "since": time_text(since), "hand": BY_HAND}
    keys = [row["key"] for row in rows(db, _KEYS, values)]
    values |= {"keys": json.dumps(keys), "projects": json.dumps(_projects(keys))}
    said = rows(db, _SAID, values)
    return News(
        joined=tuple(row["name"] for row in rows(db, _JOINED, values)),
        edited=tuple(row["name"] for row in rows(db, _EDITED, values)),
        mentioned=tuple(row["story"] for row in rows(db, _MENTIONED, values)),
        released=tuple(row["key"] for row in rows(db, _RELEASED, values)),
        found=tuple(row["kind"] for row in rows(db, _FOUND, values)),
        states=tuple(row["status"] for row in said if row["status"]),
        labels=tuple(label for row in said for label in json.loads(row["labels"])),
    )


def keys_of(db: Database, story: int) -> list[str]:
    """Return what a story is about, exactly."""
    return [row["key"] for row in rows(db, _KEYS, {"story": story})]


def _projects(keys: Sequence[str]) -> list[str]:
    """Return the repositories that keys are of."""
    from feedhub.text.references import repository_of  # Its expressions cost 5 ms, which a quiet poll does not need.

    named = (key.partition("@")[0].partition("#")[0] for key in keys if "://" not in key and "/" in key)
    linked = (repository_of(key) for key in keys if key.startswith("https://github.com/"))
    return [project for project in dict.fromkeys((*named, *linked)) if project]


_KEYS = """
    select distinct key from keys join entries on entries.id = keys.entry
    where entries.story = :story and (defining or key = page) order by key
    """
_JOINED = """
    select distinct feeds.name from entries join feeds on feeds.id = entries.feed
    where story = :story and first_seen > :since and feeds.name != :hand
    """
_EDITED = """
    select distinct feeds.name from revisions join entries on entries.id = revisions.entry
    join feeds on feeds.id = entries.feed where story = :story and until > :since
    """
_MENTIONED = """
    select distinct coalesce(stories.merged_into, stories.id) as story from keys
    join entries on entries.id = keys.entry join stories on stories.id = entries.story
    where keys.key in (select value from json_each(:keys)) and not defining
    and entries.first_seen > :since and entries.story != :story order by 1
    """
# A release counts when it speaks of what the story is about, or is a newer one of the same project.
_RELEASED = """
    select distinct release.key from json_each(:projects)
    join keys as release on release.key > value || '@' and release.key < value || 'A'
    join entries on entries.id = release.entry
    where release.defining and entries.story != :story and entries.first_seen > :since
    union
    select release.key from keys as mention join keys as release on release.entry = mention.entry
    join entries on entries.id = release.entry
    where mention.key in (select value from json_each(:keys)) and not mention.defining
    and release.defining and release.key like '%_/%_@%_' and release.key not like '%://%'
    and entries.story != :story and entries.first_seen > :since
    order by 1
    """
_FOUND = "select distinct kind from findings where story = :story and at > :since"
_SAID = """
    select said ->> '$.status' as status, coalesce((
        select json_group_array(value ->> '$.term') from json_each(said, '$.categories')
    ), '[]') as labels from texts join entries on entries.id = texts.entry where story = :story
    """
