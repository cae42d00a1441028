"""Why a story is as it is: what rules and editors decided about it, what they saw, and what follows from that."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedhub.editors.desk import Desk
from feedhub.model.matching import Decision
from feedhub.model.story import Act, Story
from feedhub.model.written import text_time
from feedhub.store import acts, decisions, merging, references, stories

Told = tuple[datetime, Decision]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is so of a story, and why; `about` is what it is said of: entry 640.2, lead, tag news, backlog."""

    about: str
    what: str
    by: str
    """The rule, or the editor."""
    matched: str | None = None
    """The key, the words or the date that was seen."""
    at: datetime | None = None
    act: int | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a story, read once."""

    story: Story
    entries: Sequence[dict[str, Any]]
    decisions: Sequence[Told]
    acts: Sequence[Act]

    def name(self, entry: int | None) -> str:
        """Return what an entry is called: 640.3."""
        part = next((row["part"] for row in self.entries if row["id"] == entry), None)
        return f"{self.story.number}.{part}" if part else str(self.story.number)

    def said(self, what: str, entry: int | None = None) -> Told | None:
        """Return the last decision that says this, of an entry or of any."""
        found = (told for told in reversed(self.decisions) if told[1].what == what)
        return next((told for told in found if entry in (None, told[1].entry)), None)

    def changed(self, table: str, key: int) -> Act | None:
        """Return the last act that stands and changed a row."""
        wanted = (table, key)
        return next((act for act in self.acts if any((one.table, one.key) == wanted for one in act.changes)), None)


def why(desk: Desk, number: int) -> tuple[Reason, ...]:
    """Return the reasons for all that was decided about a story without an editor, and for what editors made of it."""
    (story,) = stories.get(desk.db, [number])
    done = [act for act in acts.log(desk.db, number, limit=10_000) if act.undone_by is None and act.undoes is None]
    known = _Known(story, merging.entry_rows(desk.db, number), decisions.of_story(desk.db, number), done)
    return (
        *_entries(desk, known),
        _lead(known),
        *_tags(desk, known),
        *_section(known),
        *_on_desk(known),
        *_alike(desk, known),
        *_referred(desk, known),
        *_merged(desk, known),
        *_rest(known),
    )


def _acted(about: str, what: str, by: str, act: Act | None) -> Reason:
    """Return what an editor did, with the act where it is known."""
    editor = by.removeprefix("editor ")
    return Reason(about, what, editor, act.command, act.at, act.number) if act else Reason(about, what, editor)


def _decided(about: str, what: str, told: Told) -> Reason:
    """Return what a rule did."""
    at, one = told
    return Reason(about, what, one.by, one.matched, at)


def _entries(desk: Desk, known: _Known) -> Iterator[Reason]:
    """Say of each entry how it came into the story."""
    keys = merging.key_rows(desk.db, known.story.number)
    for row in known.entries:
        about, told = f"entry {known.name(row['id'])}", known.said("joined", row["id"])
        if row["placed_by"] != "rule":
            act = known.changed("entries", row["id"])
            yield _acted(about, f"put here{_was(act, row['id'])}", row["placed_by"], act)
        elif told:
            yield _decided(about, "joined", told)
        else:
            yield _by_what_it_shares(about, row, known, keys)


def _was(act: Act | None, entry: int) -> str:
    """Say which one an entry was before an act."""
    changes = [one for one in act.changes if (one.table, one.key) == ("entries", entry)] if act else []
    before = changes[0].before if changes else None
    return f", was {before['story']}.{before['part']}" if before else ""


def _by_what_it_shares(about: str, row: dict[str, Any], known: _Known, keys: Sequence[dict[str, Any]]) -> Reason:
    """Say what is not remembered: the first entry began the story, a later one shares a key or took one's place."""
    at = text_time(row["first_seen"])
    before = {other["id"] for other in known.entries if other["part"] < row["part"]}
    if not before:
        return Reason(about, "began the story", "keys", None, at)
    theirs = {key["key"] for key in keys if key["entry"] in before}
    shared = next((key["key"] for key in keys if key["entry"] == row["id"] and key["key"] in theirs), None)
    if shared:
        return Reason(about, "joined", "keys", shared, at)
    return Reason(about, "took the place of one that its feed does not have any more", "identity", None, at)


def _lead(known: _Known) -> Reason:
    """Say why the primary entry is the one that it is."""
    row = next(row for row in known.entries if row["is_primary"])
    what, told = f"{known.name(row['id'])} leads", known.said("leads", row["id"])
    act = known.changed("entries", row["id"])
    if told:
        return _decided("lead", what, told)
    if row is known.entries[0]:
        return Reason("lead", what, "lead", "it came first", text_time(row["first_seen"]))
    if act:
        return _acted("lead", what, act.editor, act)
    return Reason("lead", what, "lead", "its feed is the source, or comes first in feeds.yaml")


def _tags(desk: Desk, known: _Known) -> Iterator[Reason]:
    """Say who gave each tag, and who took it off."""
    for row in stories.tag_rows(desk.db, known.story.number):
        about, what = f"tag {row['term']}", "removed" if row["removed"] else "given"
        told = known.said(f"tag {row['term']}")
        if told and told[1].by == row["by"]:
            yield _decided(about, what, told)
        elif row["by"].startswith("feed "):
            yield Reason(about, what, row["by"])
        else:
            yield _acted(about, what, row["by"], known.changed("tags", row["id"]))


def _section(known: _Known) -> Iterator[Reason]:
    """Say why a story goes to the section that it goes to."""
    story = known.story
    told = known.said(f"section {story.section}")
    if story.section and story.placings:
        act = known.changed("blocks", story.placings[-1].block)
        yield _acted("section", f"{story.section}, in {story.placings[-1].label}", act.editor if act else "", act)
    elif told:
        yield _decided("section", story.section or "", told)
    elif story.section:
        yield Reason("section", story.section, f"feed {story.feed}")


def _on_desk(known: _Known) -> Iterator[Reason]:
    """Say why a story is on the desk or off it."""
    story, first = known.story, known.entries[0]
    if story.state == "backlog":
        dated = f"dated {first['dated'][:10]}" if first["dated"] else "undated"
        since = text_time(first["known_since"]) if first["known_since"] else None
        yield Reason("backlog", f"was there before feed {first['feed']} was known", "backlog", dated, since)
    if story.state == "hidden":
        told = known.said("hidden")
        matched, at = (told[1].matched, told[0]) if told else (None, None)
        yield Reason("hidden", story.hidden or "", story.hidden_by or "", matched, at)
    shown = next((act for act in known.acts if act.command == "unhide"), None)
    if shown:
        yield _acted("hidden", "brought back", shown.editor, shown)
    if story.news_since:
        came = next((one for _, one in reversed(known.decisions) if one.what.startswith("news since")), None)
        by, entry = (came.by, known.name(came.entry)) if came else ("merge", None)
        yield Reason("news", f"since {story.news_since}", by, entry, story.news_at)
    if story.decided_by and story.state != "new":
        what = f"{story.state}: {story.reason}" if story.reason else story.state
        yield _acted("state", what, story.decided_by, known.changed("stories", story.number))


def _alike(desk: Desk, known: _Known) -> Iterator[Reason]:
    """Say which stories may be the same, and which are not."""
    for one in known.story.suggested:
        yield Reason(f"story {one.story}", f"may be the same, {one.score} of 100", "likeness", one.matched)
    for row in merging.refused(desk.db, known.story.number):
        act = known.changed("pairs", row["id"])
        yield _acted(f"story {row['story']}", "is another story", act.editor if act else row["by"], act)


def _referred(desk: Desk, known: _Known) -> Iterator[Reason]:
    """Say which stories speak of the same without being one: a mention joins nothing."""
    for one in references.see_also(desk.db, known.story.number):
        what = "is about it, this only speaks of it" if one.is_about else "speaks of it"
        yield Reason(f"story {one.story}", f"stays another story: {what}", "keys", one.key)


def _merged(desk: Desk, known: _Known) -> Iterator[Reason]:
    """Say which stories have become part of this one."""
    for number in merging.merged(desk.db, known.story.number):
        about, told, act = f"story {number}", known.said(f"merged {number}"), known.changed("stories", number)
        if told:
            yield _decided(about, "became part of this one", told)
        elif act:
            yield _acted(about, "became part of this one", act.editor, act)


_TOLD_ABOVE = ("joined", "leads", "merged ", "news since ", "tag ", "section ")


def _rest(known: _Known) -> Iterator[Reason]:
    """Say what else rules did, in their order: points, and what they would have done."""
    for told in known.decisions:
        if not told[1].what.startswith(_TOLD_ABOVE):
            about = f"entry {known.name(told[1].entry)}" if told[1].entry else "story"
            yield _decided(about, told[1].what, told)
