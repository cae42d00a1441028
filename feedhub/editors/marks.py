"""Marks on stories: tags, and the decisions shortlisted, dropped and back to new."""

from collections.abc import Iterable, Sequence

from feedhub.editors.desk import Desk
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Hub
from feedhub.model.story import Story
from feedhub.model.written import time_text
from feedhub.rules.standing import decided
from feedhub.store import merging, stories
from feedhub.store.acts import Acting
from feedhub.store.connection import writing
from feedhub.text.characters import storable

_LONGEST_TAG = 60


def tag(desk: Desk, numbers: Sequence[int], add: Iterable[str], remove: Iterable[str], *, create: bool = False) -> None:
    """Add and remove tags; what is removed by hand stays removed, whatever feeds and rules say later."""
    added = [term_of(desk.hub, term, create=create) for term in add]
    removed = [term_of(desk.hub, term, create=True) for term in remove]
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        put_tags(acting, numbers, added, removed)
        acting.done(f"tag {' '.join([*(f'+{term}' for term in added), *(f'-{term}' for term in removed)])}", numbers)


def put_tags(acting: Acting, numbers: Sequence[int], added: Iterable[str], removed: Iterable[str] = ()) -> None:
    """Add and remove tags, as `term_of` gives them, as part of an act."""
    terms = [*((term, False) for term in added), *((term, True) for term in removed)]
    for number in numbers:
        known = {row["term"]: row for row in stories.tag_rows(acting.db, number)}
        for term, is_removed in terms:
            _set_tag(acting, number, term, known.get(term, {}).get("id"), removed=is_removed)


def rename_tag(desk: Desk, old: str, new: str, *, create: bool = False) -> int:
    """Give a tag another name on every story that has it; return how many had it."""
    term = term_of(desk.hub, new, create=create)
    old = term_of(desk.hub, old, create=True)
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        had = stories.tag_rows(desk.db, term=old)
        counts = dict(stories.tag_counts(desk.db))
        if not had:
            raise UnknownNameError("tag", old, counts)
        taken = {row["story"]: row["id"] for row in stories.tag_rows(desk.db, term=term)}
        for row in had if term != old else ():
            acting.remove("tags", row["id"])
            if not row["removed"]:
                _set_tag(acting, row["story"], term, taken.get(row["story"]), removed=False)
        acting.done(f"tag --rename {old} {term}", [row["story"] for row in had])
    return counts.get(old, 0)


def decide(desk: Desk, numbers: Sequence[int], state: str, reason: str | None = None) -> None:
    """Put stories into a state (new, shortlisted, dropped); those that stand in the open issue refuse.

    So do those that were published, unless there is news of them: dropped, they are published as before.
    """
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for story in stories.get(desk.db, list(stories.current(desk.db, numbers).values())):
            _decide(acting, story, state, reason)
        said = {"dropped": "drop", "shortlisted": "shortlist", "new": "undrop"}[state]
        acting.done(f"{said} ({reason})" if reason else said, numbers)


def _decide(acting: Acting, story: Story, to: str, reason: str | None) -> None:
    if any(not placing.published for placing in story.placings):
        raise UsageError(f"{story.number} is picked; take it out of the issue first: feedhub unpick {story.number}")
    was = merging.standing(acting.db, story.number)
    latest = time_text(max(stored.first_seen for stored in story.entries))
    found = decided(was, to, covered=merging.covered(acting.db, story.number), latest=latest)
    if found is None:
        again = f"to cover it again: feedhub pick {story.number} --follow-up REASON"
        raise UsageError(f"{story.number} was published in {story.placings[-1].label}, and stays so; {again}")
    if to == "new" and found == (was.state, was.news_at):
        return
    state, news_at = found
    by, at = (None, None) if to == "new" else (acting.editor, time_text(acting.now))
    why = was.reason if reason is None and was.state == state == to else reason
    decision = {"state": state, "reason": why, "decided_by": by, "decided_at": at, "news_at": news_at}
    acting.change("stories", story.number, **decision, backlog=0, hidden=None, hidden_by=f"editor {acting.editor}")


def unhide(desk: Desk, numbers: Sequence[int]) -> None:
    """Bring stories to the desk that a rule or the hold of their feed keeps off it; no rule hides them again."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for story in stories.get(desk.db, numbers):
            if story.state != "hidden":
                raise UsageError(f"{story.number} is not hidden, it is {story.state}; see: feedhub list --hidden")
            acting.change("stories", story.number, hidden=None, hidden_by=f"editor {desk.editor}", backlog=0)
        acting.done("unhide", numbers)


def reason_of(hub: Hub, text: str | None) -> str | None:
    """Return the reason that a code of feeds.yaml stands for, or the text itself."""
    return hub.reasons.get(text, storable(text)) if text else None


def term_of(hub: Hub, text: str, *, create: bool) -> str:
    """Return the tag that somebody means: an alias stands for its tag, white space does not count.

    With a vocabulary in feeds.yaml an unknown one raises UnknownNameError, unless it is to be created.
    """
    term = " ".join(storable(text).split())
    if not term or len(term) > _LONGEST_TAG or term.startswith("-"):
        raise UsageError(f"{text[:80]!r} is no tag: one to {_LONGEST_TAG} characters, not starting with a dash")
    for known, aliases in hub.tags.items():
        if term.casefold() in (name.casefold() for name in (known, *aliases)):
            return known
    if hub.tags and not create:
        raise UnknownNameError("tag", term, hub.tags, "add it to `tags:` in feeds.yaml, or use --create")
    return term


def _set_tag(acting: Acting, story: int, term: str, row: int | None, *, removed: bool) -> None:
    if row is not None:
        acting.change("tags", row, removed=int(removed), by=acting.editor)
    elif not removed:
        acting.add("tags", {"story": story, "term": term, "by": acting.editor})
