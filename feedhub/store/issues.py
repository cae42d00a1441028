"""Issues, their trees of blocks, and the editions that were frozen from them."""

import json
from datetime import datetime
from typing import Any

from feedhub.model.issue import Block, Edition, Issue
from feedhub.model.written import from_json, text_time, time_text, to_json
from feedhub.store.connection import Database, rows


def open_issue(db: Database) -> Issue | None:
    """Return the draft that picks go to, if there is one."""
    return next(map(_issue, rows(db, "select * from issues where state = 'draft'")), None)


def all_issues(db: Database) -> tuple[Issue, ...]:
    """Return every issue, the latest first."""
    return tuple(map(_issue, rows(db, "select * from issues order by number desc")))


def blocks(db: Database, issue: int) -> tuple[Block, ...]:
    """Return the blocks of an issue, siblings in their order."""
    found = rows(db, "select * from blocks where issue = ? order by position, id", [issue])
    return tuple(
        Block(
            row["id"],
            row["issue"],
            row["parent"],
            row["position"],
            row["kind"],
            row["story"],
            json.loads(row["fields"]),
        )
        for row in found
    )


def freeze(db: Database, issue: Issue, edition: Edition, rendered_by: str, now: datetime) -> None:
    """Keep an edition for ever."""
    text = json.dumps(to_json(edition), ensure_ascii=False)
    sql = "insert into editions (issue, language, version, frozen_at, rendered_by, edition) values (?, ?, ?, ?, ?, ?)"
    db.execute(sql, [issue.id, edition.language, edition.version, time_text(now), rendered_by, text])


def editions(db: Database) -> tuple[Edition, ...]:
    """Return the last version of every published issue, the latest issue first."""
    sql = """
        select edition from editions join issues on issues.id = editions.issue
        where version = (select max(version) from editions as other
            where other.issue = editions.issue and other.language = editions.language)
        order by issues.published desc, issues.number desc
        """
    return tuple(from_json(Edition, json.loads(row["edition"])) for row in rows(db, sql))


def slugs(db: Database) -> frozenset[str]:
    """Return the slugs that are taken."""
    return frozenset(row["slug"] for row in rows(db, "select slug from issues where slug is not null"))


def _issue(row: dict[str, Any]) -> Issue:
    published = row["published"] and text_time(row["published"])
    return Issue(row["id"], row["number"], row["state"], text_time(row["since"]), row["slug"], row["uid"], published)
