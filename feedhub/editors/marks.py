"""Marks on stories: tags, and the decisions shortlisted, dropped and back to new."""

from collections.abc import Iterable, Sequence

from feedhub.editors.desk import Desk
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Hub
from feedhub.model.story import Story
from feedhub.model.written import time_text
from feedhub.store import stories
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
        for number in numbers:
            known = {row["term"]: row for row in stories.tag_rows(desk.db, number)}
            for term in added:
                _set_tag(acting, number, term, known.get(term, {}).get("id"), removed=False)
            for term in removed:
                _set_tag(acting, number, term, known.get(term, {}).get("id"), removed=True)
        acting.done(f"tag {' '.join([*(f'+{term}' for term in added), *(f'-{term}' for term in removed)])}", numbers)


def rename_tag(desk: Desk, old: str, new: str, *, create: bool = False) -> int:
    """Give a tag another name on every story that has it; return how many had it."""
    term = term_of(desk.hub, new, create=create)
    old = term_of(desk.hub, old, create=True)
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        had = stories.tag_rows(desk.db, term=old)
        if not had:
            raise UnknownNameError("tag", old, [known for known, _ in stories.tag_counts(desk.db)])
        taken = {row["story"]: row["id"] for row in stories.tag_rows(desk.db, term=term)}
        for row in had if term != old else ():
            acting.remove("tags", row["id"])
            if not row["removed"]:
                _set_tag(acting, row["story"], term, taken.get(row["story"]), removed=False)
        acting.done(f"tag --rename {old} {term}", [row["story"] for row in had])
    return sum(1 for row in had if not row["removed"])


def decide(desk: Desk, numbers: Sequence[int], state: str, reason: str | None = None) -> None:
    """Put stories into a state (new, shortlisted, dropped); those that stand in the open issue refuse."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for story in stories.get(desk.db, numbers):
            _check_free(story)
            by, at = (None, None) if state == "new" else (desk.editor, time_text(desk.now))
            why = story.reason if reason is None and story.state == state else reason
            acting.change("stories", story.number, state=state, backlog=0, reason=why, decided_by=by, decided_at=at)
        said = {"dropped": "drop", "shortlisted": "shortlist", "new": "undrop"}[state]
        acting.done(f"{said} ({reason})" if reason else said, numbers)


def _check_free(story: Story) -> None:
    """Raise UsageError when an issue has the story: what it is to become is decided there."""
    for placing in story.placings:
        if placing.published:
            raise UsageError(f"{story.number} was published in {placing.label}, and stays so")
        raise UsageError(f"{story.number} is picked; take it out of the issue first: feedhub unpick {story.number}")


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
