"""The journal: an act is the rows that an editor changed, before and after, written in the same transaction.

Undo, log, credits and history all read it. What changes rows of the desk does it through an Acting, nothing else.
Of what polls write as well, of stories and entries, an act keeps only the columns in which editors have a say.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pysqlite3 import IntegrityError

from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.story import Act, Change
from feedhub.model.written import text_time, time_text
from feedhub.store import search
from feedhub.store.connection import Database, insert, rows

_TABLES = frozenset(
    ("stories", "entries", "tags", "notes", "issues", "blocks", "pairs", "findings", "follows", "recalls")
)
_DECIDED = {
    "stories": ("state", "reason", "decided_by", "decided_at", "merged_into"),
    "entries": ("story", "part", "placed_by"),
    "pairs": ("verdict",),
}
"""The columns that only an act changes: where one is not as an act left it, something later depends on the act."""
_SHARED = {
    "stories": ("backlog", "hidden", "hidden_by", "news_at", "score", "section"),
    "entries": ("is_primary",),
}
"""The columns that polls write as well: what they wrote since an act stays when it is undone."""
_MADE_BY_POLLS = frozenset(("stories", "entries"))
"""Their rows are neither made nor removed by acts, and have columns that no act keeps."""


class Acting:
    """What an editor is doing in the transaction under way: changes rows and remembers how they were."""

    def __init__(self, db: Database, editor: str, now: datetime) -> None:
        self.db = db
        self.editor = editor
        self.now = now
        self._changes: list[Change] = []

    def add(self, table: str, values: dict[str, Any]) -> int:
        """Add a row and return its id."""
        number = insert(self.db, _wholly_ours(table), values)
        self._note(Change(table, number, None, _row(self.db, table, number)))
        return number

    def change(self, table: str, number: int, **values: Any) -> None:
        """Change columns of a row; values that are there already change nothing."""
        before = _row(self.db, table, number)
        if before is None or all(before[name] == value for name, value in values.items()):
            return
        _write(self.db, table, number, before | values)
        self._note(Change(table, number, before, _row(self.db, table, number)))

    def remove(self, table: str, number: int) -> None:
        """Remove a row."""
        before = _row(self.db, table, number)
        _write(self.db, table, number, None)
        self._note(Change(table, number, before, None))

    def restore(self, change: Change) -> None:
        """Bring a row back to what it was before a change; what polls wrote into it since stays."""
        if change.table in _MADE_BY_POLLS:
            self.change(change.table, change.key, **_to_restore(self.db, change))
            return
        now = _row(self.db, change.table, change.key)
        _write(self.db, change.table, change.key, change.before)
        self._note(Change(change.table, change.key, now, change.before))

    def done(self, command: str, stories: Iterable[int], undoes: int | None = None) -> int | None:
        """Write the act and return its number; None when nothing was changed, unless it takes another one back."""
        if not self._changes and undoes is None:
            return None
        changes = [[change.table, change.key, change.before, change.after] for change in self._changes]
        values = {"at": time_text(self.now), "editor": self.editor, "command": command, "undoes": undoes}
        texts = {"stories": _json(list(dict.fromkeys(stories))), "changes": _json(changes)}
        return insert(self.db, "acts", values | texts)

    def _note(self, change: Change) -> None:
        self._changes.append(change)
        if change.table == "notes":
            search.forget_note(self.db, change.key)
            if change.after is not None:
                search.index_note(self.db, change.key, change.after["title"] or "", change.after["text"])


def restore(acting: Acting, act: Act) -> None:
    """Bring back what an act changed; raise UsageError when it was changed again since."""
    for change in reversed(act.changes):
        if not _is_as_left(acting.db, change):
            later = _later(acting.db, act, change)
            raise UsageError(f"act {act.number} ({act.command}) cannot be undone: {later}")
        if not _is_container(change):
            _restore(acting, act, change)


def undone(acting: Acting, act: Act) -> int:
    """Write the act that takes another one back."""
    number = acting.done(f"undo {act.number}" if act.undoes is None else f"redo {act.undoes}", act.stories, act.number)
    acting.db.execute("update acts set undone_by = ? where id = ?", [number, act.number])
    if act.undoes is not None:
        acting.db.execute("update acts set undone_by = null where id = ?", [act.undoes])
    return number or 0


def get(db: Database, number: int) -> Act:
    """Return an act by its number."""
    found = rows(db, "select * from acts where id = ?", [number])
    if not found:
        raise UnknownNameError("act", str(number), hint="see: feedhub log")
    return _act(found[0])


def last_to_undo(db: Database, editor: str) -> Act | None:
    """Return an editor's last act that stands and is no undoing itself."""
    sql = "select * from acts where editor = ? and undoes is null and undone_by is null order by id desc limit 1"
    return next(map(_act, rows(db, sql, [editor])), None)


def last_undone(db: Database, editor: str) -> Act | None:
    """Return an editor's last undoing that still stands, when nothing but redoing was done since."""
    sql = """
        select acts.*, target.undoes is null and acts.undoes is not null as undoing
        from acts left join acts as target on target.id = acts.undoes
        where acts.editor = ? and acts.undone_by is null
        and (acts.undoes is null or target.undoes is null) order by acts.id desc limit 1
        """
    return next((_act(row) for row in rows(db, sql, [editor]) if row["undoing"]), None)


def log(db: Database, story: int | None = None, editor: str | None = None, limit: int = 50) -> list[Act]:
    """Return acts, the latest first: of a story and those that are merged into it, of an editor, or all."""
    sql = """
        select * from acts
        where (:editor is null or editor = :editor)
        and (:stories is null or exists (
            select 1 from json_each(acts.stories) where value in (select value from json_each(:stories))
        ))
        order by id desc limit :limit
        """
    wanted = {"stories": story and json.dumps(numbers_of(db, story)), "editor": editor, "limit": limit}
    return [_act(row) for row in rows(db, sql, wanted)]


def numbers_of(db: Database, story: int) -> list[int]:
    """Return the numbers by which a story is known: its own, and those of the stories that are merged into it."""
    sql = "select id from stories where id = :story or merged_into = :story order by id != :story, id"
    return [row["id"] for row in rows(db, sql, {"story": story})]


def last_story(db: Database, editor: str) -> int | None:
    """Return the story that an editor touched last."""
    sql = """
        select json_extract(stories, '$[#-1]') as story from acts
        where editor = ? and stories != '[]' order by id desc limit 1
        """
    return next((row["story"] for row in rows(db, sql, [editor])), None)


def pickers(db: Database, issue: int) -> list[str]:
    """Return who put something into an issue, in the order in which they first did."""
    sql = """
        select acts.editor, min(acts.id) from acts, json_each(acts.changes) as change
        where json_extract(change.value, '$[0]') = 'blocks' and json_extract(change.value, '$[3].issue') = ?
        and json_extract(change.value, '$[2]') is null
        and acts.undone_by is null and acts.undoes is null group by acts.editor order by 2
        """
    return [row["editor"] for row in rows(db, sql, [issue])]


def writers(db: Database, story: int, language: str) -> list[str]:
    """Return who wrote the public note for a story's next item, in the order in which they first did.

    A note that was stacked onto another one when stories were merged stands in that one.
    """
    sql = """
        with recursive stacked (gone, kept) as (
            select json_extract(gone.value, '$[1]'), json_extract(kept.value, '$[1]')
            from acts, json_each(acts.changes) as gone, json_each(acts.changes) as kept
            where acts.command like 'merge%' and acts.undone_by is null and acts.undoes is null
            and json_extract(gone.value, '$[0]') = 'notes' and json_extract(gone.value, '$[3]') is null
            and json_extract(kept.value, '$[0]') = 'notes' and json_extract(kept.value, '$[3].language') = :language
            and json_extract(gone.value, '$[2].language') = :language
            and json_extract(gone.value, '$[2].private') = json_extract(kept.value, '$[3].private')
        ), standing (note) as (
            select id from notes where story = :story and language = :language and not private and item is null
            union select gone from stacked join standing on kept = note
        )
        select acts.editor, min(acts.id) from acts, json_each(acts.changes) as change
        join standing on note = json_extract(change.value, '$[1]')
        where json_extract(change.value, '$[0]') = 'notes'
        and exists (select 1 from json_each(acts.stories) where value in (select value from json_each(:stories)))
        and acts.undone_by is null and acts.undoes is null
        and (acts.command like 'annotate%' or acts.command like 'add %')
        group by acts.editor order by 2
        """
    wanted = {"story": story, "stories": json.dumps(numbers_of(db, story)), "language": language}
    return [row["editor"] for row in rows(db, sql, wanted)]


def note_texts(db: Database, story: int) -> list[tuple[Act, dict[str, Any]]]:
    """Return every state that the notes of a story, and of those merged into it, were in, the latest first."""
    found, known = [], numbers_of(db, story)
    for act in log(db, story, limit=10_000):
        for change in act.changes:
            if change.table == "notes" and change.after and change.after["story"] in known:
                found.append((act, change.after))
    return found


def _is_container(change: Change) -> bool:
    """Tell whether a section, a group or an issue was made: it stays, as others may have put something into it."""
    made = change.after if change.before is None else None
    return made is not None and (change.table == "issues" or made.get("kind") in ("section", "group"))


def _is_as_left(db: Database, change: Change) -> bool:
    """Tell whether a row is as an act left it, as far as acts have a say in it."""
    row = _row(db, change.table, change.key)
    if row is None or change.after is None or change.table not in _DECIDED:
        return row == change.after
    return all(row[name] == change.after[name] for name in _DECIDED[change.table] if name in change.after)


def _to_restore(db: Database, change: Change) -> dict[str, Any]:
    """Return what columns of a row become when a change is taken back; acts of earlier versions kept all of them."""
    before, after = change.before or {}, change.after or {}
    row = _row(db, change.table, change.key) or {}
    decided = {name: before[name] for name in _DECIDED[change.table] if name in before}
    shared = {
        name: before[name]
        for name in _SHARED[change.table]
        if name in before and before[name] != after[name] and row[name] == after[name]
    }
    return decided | shared


def _restore(acting: Acting, act: Act, change: Change) -> None:
    try:
        acting.restore(change)
    except IntegrityError:
        raise UsageError(
            f"act {act.number} ({act.command}) cannot be undone: {_replaced(acting.db, act, change)}"
        ) from None


def _later(db: Database, act: Act, change: Change) -> str:
    for other in log(db, limit=10_000):
        if other.number <= act.number:
            break
        if any((later.table, later.key) == (change.table, change.key) for later in other.changes):
            return f"act {other.number} of {other.editor} ({other.command}) changed the same since; undo that one first"
    return "what it changed is no longer as it left it"


def _replaced(db: Database, act: Act, change: Change) -> str:
    """Say which act put another row in the place of one that is to come back."""
    story = (change.before or {}).get("story")
    for other in log(db, story, limit=10_000):
        made = (later for later in other.changes if later.table == change.table and later.before is None)
        if other.number > act.number and any((later.after or {}).get("story") == story for later in made):
            return (
                f"act {other.number} of {other.editor} ({other.command}) put another in its place; undo that one first"
            )
    return "what it removed has been replaced since"


def _row(db: Database, table: str, number: int) -> dict[str, Any] | None:
    """Return a row as an act keeps it."""
    names = ", ".join((*_DECIDED[table], *_SHARED[table])) if table in _MADE_BY_POLLS else "*"
    return next(iter(rows(db, f"select {names} from {_ours(table)} where id = ?", [number])), None)  # noqa: S608 - our names


def _write(db: Database, table: str, number: int, values: dict[str, Any] | None) -> None:
    """Make a row what it should be: absent, or with these values."""
    if values is None:
        db.execute(f"delete from {_wholly_ours(table)} where id = ?", [number])  # noqa: S608 - our names
        return
    if table in _MADE_BY_POLLS:
        settings = ", ".join(f"{name} = :{name}" for name in values)
        db.execute(f"update {_ours(table)} set {settings} where id = :id", values | {"id": number})  # noqa: S608 - as above
        return
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    settings = ", ".join(f"{name} = excluded.{name}" for name in values)
    sql = f"insert into {_ours(table)} ({names}) values ({marks}) on conflict (id) do update set {settings}"  # noqa: S608
    db.execute(sql, values)


def _ours(table: str) -> str:
    if table not in _TABLES:
        raise ValueError(f"{table} is not an editor's")
    return table


def _wholly_ours(table: str) -> str:
    if table in _MADE_BY_POLLS:
        raise ValueError(f"rows of {table} are not an editor's to add or remove")
    return _ours(table)


def _act(row: dict[str, Any]) -> Act:
    return Act(
        row["id"],
        text_time(row["at"]),
        row["editor"],
        row["command"],
        tuple(json.loads(row["stories"])),
        tuple(Change(*change) for change in json.loads(row["changes"])),
        row["undoes"],
        row["undone_by"],
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
