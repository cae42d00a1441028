"""Which stories are one: merging them and splitting them by hand, in a way that polls do not undo."""

import json
from collections.abc import Container, Sequence
from dataclasses import asdict
from typing import Any

from feedhub.editors.desk import Desk
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.story import Act, Change
from feedhub.model.written import time_text
from feedhub.rules.joining import is_at_source
from feedhub.rules.standing import united
from feedhub.store import acts, joining, merging, stories
from feedhub.store.acts import Acting
from feedhub.store.connection import Rows, writing


def merge(desk: Desk, first: int, others: Sequence[int]) -> int:
    """Make stories one: the first one's number and primary entry stay, and the numbers of the others lead to it.

    Return that number: somebody may have made the first one part of another meanwhile.
    """
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        one, *rest = _today(desk, first, others)
        for other in rest:
            _merge(acting, one, other)
        acting.done("merge", [one, *rest])
    return one


def refuse(desk: Desk, one: int, others: Sequence[int]) -> None:
    """Say that stories are not one, so that they are never suggested again."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        first, *rest = _today(desk, one, others)
        for other in rest:
            _part(acting, first, other)
        acting.done("merge --refuse", [first, *rest])


def suggested(desk: Desk, number: int) -> tuple[int, ...]:
    """Return the stories that are suggested to be the same as one; UsageError when there is none."""
    (story,) = stories.get(desk.db, [number])
    if not story.suggested:
        raise UsageError(f"nothing is suggested for {number}; name the other story: feedhub merge {number} M")
    return tuple(one.story for one in story.suggested)


def split(desk: Desk, number: int, part: int) -> int:
    """Give an entry a story of its own and return its number; the last entry of a story stays."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        told = merging.entry_rows(desk.db, number)
        entry = next((row for row in told if row["part"] == part), None)
        if entry is None:
            raise UnknownNameError("entry", f"{number}.{part}", hint=f"see: feedhub show {number}")
        if len(told) == 1:
            raise UsageError(f"{number}.{part} is all that there is of story {number}, so it cannot be split off")
        own = merging.begin(acting, desk.hub.newsletter.id, number, entry)
        _place(acting, entry["id"], own, placed_by=f"editor {desk.editor}", is_primary=1)
        _elect(acting, number)
        _keep_off(acting, number, own)
        _give_tags(acting, number, own, entry)
        _part(acting, number, own)
        acting.done(f"split {number}.{part}", [number, own])
    return own


def check_alone(desk: Desk, act: Act) -> None:
    """Raise UsageError when taking back an act would end a story that was worked on since, or change a past issue."""
    ended = {change.key for change in _tied(act) if _column(change, "before") is not None}
    placed = {(change.before or change.after or {})["issue"] for change in act.changes if change.table == "blocks"}
    merged = {_column(change, "after") for change in _tied(act) if _column(change, "before") is None}
    depends = ended | placed | merged
    since = [later for later in acts.log(desk.db, limit=10_000) if later.number > act.number] if depends else []
    for later in since:
        if later.undone_by is None and later.undoes is None and (trouble := _trouble(later, ended, placed, merged)):
            whose = f"act {later.number} of {later.editor} ({later.command})"
            raise UsageError(f"act {act.number} ({act.command}) cannot be undone: {whose} {trouble}")


def _trouble(later: Act, ended: Container[int], placed: Container[int], merged: Container[int]) -> str | None:
    """Say what a later act did with what is to be taken back."""
    worked_on = next((story for story in later.stories if story in ended), None)
    if worked_on is not None:
        return f"worked on {worked_on} since; undo that one first"
    published = {change.key for change in later.changes if change.table == "issues" and change.before}
    depends = any(issue in placed for issue in published) or any(story in merged for story in later.stories)
    return "published it" if published and depends else None


def settle(acting: Acting, act: Act) -> None:
    """After an act was taken back: what polls brought meanwhile is where it belongs, and every story has its lead."""
    for change in _tied(act):
        before, after = _column(change, "before"), _column(change, "after")
        if before is None:
            for entry in merging.come_since(acting.db, after, change.key, time_text(act.at)):
                _place(acting, entry, change.key, is_primary=0)
        else:
            for row in merging.entry_rows(acting.db, change.key):
                _place(acting, row["id"], before, is_primary=0)
    placed = [change for change in act.changes if change.table == "entries"]
    for story in {row["story"] for change in placed for row in (change.before, change.after) if row}:
        today = stories.current(acting.db, [story])[story]
        if today != story and merging.entry_rows(acting.db, story):
            why = f"{story} is part of {today} by now; see: feedhub why {today}"
            raise UsageError(f"act {act.number} ({act.command}) cannot be undone: {why}")
        if today == story and not merging.entry_rows(acting.db, story):
            why = f"nothing would be left of {story}: what it told was split off since; undo that first"
            raise UsageError(f"act {act.number} ({act.command}) cannot be undone: {why}")
        _elect(acting, story)


def _today(desk: Desk, first: int, others: Sequence[int]) -> list[int]:
    """Return the numbers that stories have at this moment, each once."""
    today = stories.current(desk.db, [first, *others])
    return list(dict.fromkeys(today[number] for number in (first, *others)))


def _tied(act: Act) -> list[Change]:
    """Return the changes by which stories became part of another one, or ceased to be."""
    changes = [change for change in act.changes if change.table == "stories" and change.before and change.after]
    return [change for change in changes if (_column(change, "before") is None) != (_column(change, "after") is None)]


def _column(change: Change, when: str) -> Any:
    return (getattr(change, when) or {}).get("merged_into")


def _merge(acting: Acting, one: int, other: int) -> None:
    db = acting.db
    decision = asdict(united(merging.standing(db, one), merging.standing(db, other)))
    acting.change("stories", one, **{name: value for name, value in decision.items() if name != "first_seen"})
    for row in merging.pair_rows(db, one, other):
        acting.change("pairs", row["id"], verdict="one")
    for row in merging.entry_rows(db, other):
        _place(acting, row["id"], one, placed_by=f"editor {acting.editor}", is_primary=0)
    _unite_tags(acting, one, other)
    _unite_items(acting, one, other)
    _unite_notes(acting, one, other)
    for number in (*merging.merged(db, other), other):
        acting.change("stories", number, merged_into=one)


def _place(acting: Acting, entry: int, story: int, **columns: Any) -> None:
    """Put an entry into a story, under a number that none there ever had."""
    acting.change("entries", entry, story=story, part=joining.next_part(acting.db, story), **columns)


def _unite_tags(acting: Acting, one: int, other: int) -> None:
    """Give a story the tags of another one; what an editor removed from either stays removed, unless one added it."""
    ours = {row["term"]: row for row in stories.tag_rows(acting.db, one)}
    for row in stories.tag_rows(acting.db, other):
        known = ours.get(row["term"])
        if known is None:
            acting.add("tags", {"story": one, **{name: row[name] for name in ("term", "by", "removed")}})
        elif row["removed"] and known["by"].startswith(("feed ", "rule ")):
            acting.change("tags", known["id"], removed=1, by=row["by"])


def _unite_items(acting: Acting, one: int, other: int) -> None:
    """Give a story the items of another one; in the open issue it has one, at its own place if it has one there."""
    here = next((row for row in merging.block_rows(acting.db, one) if not row["published"]), None)
    for row in merging.block_rows(acting.db, other):
        if row["published"] or here is None:
            acting.change("blocks", row["id"], story=one)
            continue
        fields = json.loads(row["fields"]) | json.loads(here["fields"])
        acting.change("blocks", here["id"], fields=json.dumps(fields, ensure_ascii=False))
        acting.remove("blocks", row["id"])


def _unite_notes(acting: Acting, one: int, other: int) -> None:
    """Give a story the notes of another one; those of the next item in one language become one text."""
    ours = {_kind(row): row for row in merging.note_rows(acting.db, one) if row["item"] is None}
    for row in merging.note_rows(acting.db, other):
        known = ours.get(_kind(row)) if row["item"] is None else None
        if known is None:
            acting.change("notes", row["id"], story=one)
            continue
        text, title = _stacked("\n\n", known["text"], row["text"]), _stacked(" / ", known["title"], row["title"])
        acting.remove("notes", row["id"])
        acting.change("notes", known["id"], text=text or "", title=title, at=time_text(acting.now))


def _kind(note: dict[str, Any]) -> tuple[str, int]:
    return note["language"], note["private"]


def _stacked(between: str, *texts: str | None) -> str | None:
    """Return texts as one, each once; None when there is none."""
    return between.join(dict.fromkeys(text for text in texts if text)) or None


def _part(acting: Acting, one: int, other: int) -> None:
    """Have nothing bring two stories together again."""
    known = merging.pair_rows(acting.db, one, other)
    for row in known:
        acting.change("pairs", row["id"], verdict="two")
    if not known:
        pair = {"one": min(one, other), "other": max(one, other), "at": time_text(acting.now)}
        acting.add("pairs", pair | {"by": f"editor {acting.editor}", "score": 0, "verdict": "two"})


def _keep_off(acting: Acting, number: int, own: int) -> None:
    """What is split off from a story that is kept off the desk does not appear there by itself."""
    was = merging.standing(acting.db, number)
    acting.change("stories", own, hidden=was.hidden, hidden_by=was.hidden_by, backlog=was.backlog)


def _give_tags(acting: Acting, number: int, own: int, entry: dict[str, Any]) -> None:
    """Give what was split off the tags that the story had for its sake; what was removed by hand stays removed."""
    due = merging.tags_by_rules(acting.db, entry["id"]) | frozenset(json.loads(entry["tags"]))
    for row in stories.tag_rows(acting.db, number):
        if row["term"] in due:
            acting.add("tags", {"story": own, **{name: row[name] for name in ("term", "by", "removed")}})


def _elect(acting: Acting, story: int) -> None:
    """Have exactly one entry of a story lead, by the preference of the rules where it is not clear."""
    told = merging.entry_rows(acting.db, story)
    leading = [row for row in told if row["is_primary"]]
    if len(leading) == 1 or not told:
        return
    best = _preferred(leading or told)
    for row in told:
        acting.change("entries", row["id"], is_primary=int(row["id"] == best))


def _preferred(told: Rows) -> int:
    """Return the entry of whoever made the news, else of who said it first, else of the first in feeds.yaml."""

    def order(row: dict[str, Any]) -> tuple[Any, ...]:
        reports = not is_at_source(row["link"], row["url"], row["home"])
        return reports, row["first_seen"], row["position"], row["part"]

    return int(min(told, key=order)["id"])
