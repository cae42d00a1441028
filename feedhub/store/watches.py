"""What published issues cite, in the store: when each is visited again, how it was, and what was found."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from feedhub.errors import UnknownNameError
from feedhub.model.document import Entry
from feedhub.model.feed import Validators
from feedhub.model.watching import Altered, Cited, Finding, Found, Target
from feedhub.model.written import from_json, text_time, time_text
from feedhub.store import entries
from feedhub.store.connection import Database, insert, rows
from feedhub.store.dues import FURTHEST
from feedhub.text.addresses import host_of

_ISSUES_AT_ONCE = 10
"""Five hundred would keep editors from writing for ten seconds."""
_MOMENT = timedelta(minutes=10)


def uncited(db: Database) -> list[Cited]:
    """Return the items of published issues of which it is not known yet what they cite: of a few, the latest first."""
    sql = """
        select blocks.id, blocks.issue, new.published, coalesce(stories.merged_into, stories.id) as story
        from (
            select * from issues
            where state = 'published' and not exists (select 1 from cited where issue = issues.id)
            order by published desc limit ?
        ) as new join blocks on blocks.issue = new.id join stories on stories.id = blocks.story order by blocks.id
        """
    return [_cited(db, row) for row in rows(db, sql, [_ISSUES_AT_ONCE])]


def _cited(db: Database, item: dict[str, Any]) -> Cited:
    links = rows(
        db, "select page, link from entries where story = ? and page is not null order by part", [item["story"]]
    )
    sql = "select key from keys join entries on entries.id = entry where story = ? and defining order by keys.id"
    keys: dict[str, str | None] = {row["key"]: None for row in rows(db, sql, [item["story"]])}
    keys |= {row["page"]: row["link"] for row in links}
    notes = rows(db, "select text, editor from notes where item = ? and not private order by id", [item["id"]])
    editor = next((row["editor"] for row in notes), None)
    texts, published = tuple(row["text"] for row in notes), text_time(item["published"])
    return Cited(item["issue"], item["story"], published, editor, tuple(keys.items()), texts)


def cite(db: Database, item: Cited, targets: Iterable[tuple[str, str, datetime]]) -> None:
    """Remember what an item cites, each by its key and address, and when it is to be visited, to know how it is."""
    sql = "insert into cited (issue, story, editor) values (?, ?, ?) on conflict do nothing"
    db.execute(sql, [item.issue, item.story, item.editor])
    for key, url, first_visit in targets:
        target = want(db, key, url, first_visit)
        sql = "insert into citations (target, issue, story) values (?, ?, ?) on conflict do nothing"
        db.execute(sql, [target, item.issue, item.story])


def want(db: Database, key: str, url: str, at: datetime) -> int:
    """Have something visited at a time, if not before, and return its number."""
    sql = """
        insert into targets (key, url, next_at) values (?, ?, ?)
        on conflict (key) do update set next_at = min(excluded.next_at, coalesce(next_at, excluded.next_at))
        returning id
        """
    return int(db.execute(sql, [key, url, time_text(at)]).fetchone()[0])


def due(db: Database, now: datetime, most: int) -> list[Target]:
    """Return what is to be visited now, what has waited longest first, at most so many."""
    sql = """
        select targets.*, snapshots.text,
            (select max(published) from citations join issues on issues.id = issue where target = targets.id) as cited,
            exists (select 1 from waits join follows on follows.id = follow
                where target = targets.id and ended is null) as followed
        from targets left join snapshots on target = id
        where next_at is not null and (next_at <= :now or next_at > :far) order by next_at, id limit :most
        """
    values = {"now": time_text(now), "far": time_text(now + FURTHEST), "most": most}
    return [_target(row) for row in rows(db, sql, values)]


def held(db: Database, now: datetime) -> dict[str, datetime]:
    """Return the hosts that asked for patience when feeds were visited, and until when.

    What is over in ten minutes is how fast one may ask there, and not how much.
    """
    sql = "select url, hold_until from feeds where hold_until > ? and hold_until <= ? order by hold_until"
    found = rows(db, sql, [time_text(now + _MOMENT), time_text(now + FURTHEST)])
    return {host_of(row["url"]): text_time(row["hold_until"]) for row in found}


def by_key(db: Database, keys: Sequence[str]) -> list[Target]:
    """Return what is known of keys that are visited."""
    sql = """
        select targets.*, null as text, null as cited, 0 as followed from targets
        where key in (select value from json_each(?))
        """
    return [_target(row) for row in rows(db, sql, [json.dumps(list(keys))])]


def _target(row: dict[str, Any]) -> Target:
    times = {name: row[name] and text_time(row[name]) for name in ("cited", "checked", "missing_since")}
    return Target(
        number=row["id"],
        key=row["key"],
        url=row["url"],
        followed=bool(row["followed"]),
        validators=Validators(row["etag"], row["last_modified"]),
        state=row["state"],
        labels=tuple(json.loads(row["labels"])),
        edits=row["edits"],
        text=row["text"],
        **times,
    )


def record(db: Database, target: Target, next_at: datetime | None) -> None:
    """Remember how something was when it was visited, and when to look again."""
    values = {
        "id": target.number,
        "next_at": next_at and time_text(next_at),
        "checked": target.checked and time_text(target.checked),
        "etag": target.validators.etag,
        "last_modified": target.validators.last_modified,
        "state": target.state,
        "labels": json.dumps(target.labels, ensure_ascii=False),
        "edits": target.edits,
        "missing_since": target.missing_since and time_text(target.missing_since),
    }
    db.execute(f"update targets set {', '.join(f'{name} = :{name}' for name in values)} where id = :id", values)  # noqa: S608
    if target.text is not None:
        db.execute("insert or replace into snapshots (target, text) values (?, ?)", [target.number, target.text])


def tell(db: Database, target: Target, found: Found, now: datetime) -> list[int]:
    """Write down what was found, once for each item that cites it; return the rows of `watch` that are new with it.

    An item that was published after the last visit knew what was different then, if it is still there.
    """
    sql = """
        select issue, story from citations join issues on issues.id = issue
        where target = :target and (:since is null or published <= :since or :kind not in ('edited', 'closed'))
        order by issue, story
        """
    since = target.checked and time_text(target.checked)
    items = rows(db, sql, {"target": target.number, "since": since, "kind": found.kind})
    told = (_tell(db, {**item, "target": target.number, "url": target.url}, found, now) for item in items)
    return [row for row in told if row is not None]


def forget_altered(db: Database) -> None:
    """Take note that what feeds changed was looked at."""
    db.execute("delete from altered")


def tell_altered(db: Database, altered: Altered, found: Found, now: datetime) -> int | None:
    """Write down what a feed changed of an entry, or that it took it back; return the row, if it is new."""
    about = {"issue": altered.issue, "story": altered.story, "entry": altered.entry, "url": altered.after.link}
    return _tell(db, about, found, now)


def _tell(db: Database, about: dict[str, Any], found: Found, now: datetime) -> int | None:
    """Add a row and return its number; or bring the one up to date that nobody has looked at yet, and return None.

    That one goes on from what was said when it was printed, and settles itself when the same is said again.
    """
    same = {name: about.get(name) for name in ("issue", "story", "target", "entry")} | {"kind": found.kind}
    sql = """
        update findings set after = :after, says = :says, at = :at,
            settled = iif(kind = 'edited' and before = :after, 'reverted', null),
            settled_at = iif(kind = 'edited' and before = :after, :at, null)
        where settled is null and issue = :issue and story = :story and kind = :kind
        and target is :target and entry is :entry returning id
        """
    said = {"after": found.after, "says": found.says, "at": time_text(now)}
    if db.execute(sql, same | said).fetchone() or found.only_adds:
        return None
    return insert(db, "findings", same | said | {"before": found.before, "url": about["url"]})


def is_altered(db: Database) -> bool:
    """Tell whether a feed changed or took back something that was not looked at yet."""
    return bool(rows(db, "select 1 from altered limit 1"))


def altered(db: Database) -> list[Altered]:
    """Return the entries of published issues that feeds changed or took back since, of feeds not looked at yet.

    What merely rolled off the end of its feed is not taken back: something older must still be there, or it went
    although nothing new had come, and was not as old as what feeds drop after a month.
    """
    found = rows(db, _ALTERED)
    now = entries.saying(db, [row["entry"] for row in found])
    return [
        Altered(
            row["issue"],
            row["story"],
            row["entry"],
            row["feed"],
            from_json(Entry, json.loads(row["before"])) if row["before"] else now[row["entry"]],
            now[row["entry"]],
            bool(row["vanished"]),
            row["told"],
        )
        for row in found
    ]


_ALTERED = """
    select cited.issue, cited.story, entries.id as entry, feeds.name as feed,
        (select said from revisions
            where entry = entries.id and until > issues.published order by id limit 1) as before,
        coalesce(entries.gone_since > issues.published and not exists (
            select 1 from findings where entry = entries.id and findings.issue = cited.issue and kind = 'deleted'
        ) and (exists (
            select 1 from entries as older where older.feed = entries.feed and older.gone_since is null
            and coalesce(older.published, older.updated, older.first_seen)
                < coalesce(entries.published, entries.updated, entries.first_seen)
        ) or exists (
            select 1 from polls where polls.feed = entries.feed and polls.at = entries.gone_since and polls.new = 0
            and julianday(entries.gone_since)
                - julianday(coalesce(entries.published, entries.updated, entries.first_seen)) < 28
        )), 0) as vanished,
        (select after from findings where entry = entries.id and findings.issue = cited.issue and kind != 'deleted'
            order by id desc limit 1) as told
    from cited join issues on issues.id = cited.issue
    join stories on stories.id = cited.story
    join entries on entries.story = coalesce(stories.merged_into, stories.id)
    join feeds on feeds.id = entries.feed
    where entries.feed in (select feed from altered) and entries.first_seen <= issues.published
    and (before is not null or vanished) order by cited.issue, entries.id
    """

_FINDINGS = """
    select findings.*, coalesce(stories.merged_into, stories.id) as today,
        issues.number as issue_number, cited.editor, entries.title, entries.link from findings
    join issues on issues.id = findings.issue
    left join cited on cited.issue = findings.issue and cited.story = findings.story
    join stories on stories.id = findings.story
    left join entries on entries.story = coalesce(stories.merged_into, stories.id) and is_primary
    """


def findings(db: Database, *, settled: bool = False) -> tuple[Finding, ...]:
    """Return what waits for somebody to look at it, the earliest first; or all that ever did."""
    return tuple(map(_finding, rows(db, f"{_FINDINGS} where ? or settled is null order by findings.id", [settled])))


def waiting_by_feed(db: Database) -> dict[str, list[int]]:
    """Return the rows that wait for somebody to look at them, by the feed that changed, or that told the story."""
    sql = """
        select feeds.name, json_group_array(findings.id) as found from findings
        join stories on stories.id = findings.story
        join entries on entries.id = coalesce(findings.entry, (
            select id from entries where story = coalesce(stories.merged_into, stories.id) and is_primary
        )) join feeds on feeds.id = entries.feed
        where settled is null group by feeds.id
        """
    return {row["name"]: json.loads(row["found"]) for row in rows(db, sql)}


def findings_about(db: Database, story: int) -> tuple[Finding, ...]:
    """Return what waits for somebody to look at it, of one story."""
    sql = f"{_FINDINGS} where settled is null and today = ? order by findings.id"
    return tuple(map(_finding, rows(db, sql, [story])))


def finding(db: Database, number: int) -> Finding:
    """Return a row of `watch`; raise UnknownNameError when there is none of that number."""
    found = rows(db, f"{_FINDINGS} where findings.id = ?", [number])
    if not found:
        raise UnknownNameError("row of watch", str(number), hint="see: feedhub watch")
    return _finding(found[0])


def _finding(row: dict[str, Any]) -> Finding:
    return Finding(
        number=row["id"],
        found=Found(row["kind"], row["says"], row["before"], row["after"]),
        at=text_time(row["at"]),
        story=row["today"],
        issue=f"No. {row['issue_number']}",
        title=row["title"] or row["link"] or f"story {row['today']}",
        url=row["url"],
        editor=row["editor"],
        settled=row["settled"],
    )
