"""Picking: stories into the open issue, at the end of a section, and out of it again."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from feedhub.editors.desk import Desk
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import in_language
from feedhub.model.issue import Issue
from feedhub.model.places import Place, place_of, section_of
from feedhub.model.story import Placing, Story
from feedhub.model.written import time_text
from feedhub.rules.composition import STEP, position_in_order, week_start
from feedhub.store import issues, stories
from feedhub.store.acts import Acting
from feedhub.store.connection import writing
from feedhub.text.characters import storable


@dataclass(frozen=True, slots=True)
class Picked:
    """Where a story stands now."""

    story: int
    placing: Placing


def pick(
    desk: Desk, numbers: Sequence[int], path: str | None, *, create: bool = False, follow_up: str | None = None
) -> list[Picked]:
    """Put stories into the open issue, each at the end of its section: the one named, or its feed's.

    One that is in the open issue already stays where it is, or moves to the section named. One that was published
    needs a reason to be covered again.
    """
    place = place_of(desk.hub, path, create) if path else None
    reason = storable(follow_up).strip() if follow_up else None
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        put(acting, desk, numbers, place, reason)
        said = f"pick --section {place.path}" if place else "pick"
        acting.done(f"{said} --follow-up ({reason})" if reason else said, numbers)
        placed = {story.number: story.placings[-1] for story in stories.get(desk.db, numbers)}
    return [Picked(number, placed[number]) for number in numbers]


def put(acting: Acting, desk: Desk, numbers: Sequence[int], place: Place | None, follow_up: str | None = None) -> None:
    """Put stories into the open issue as part of an act, as `pick` does."""
    issue = issues.open_issue(desk.db) or _new_issue(acting, desk)
    for story in stories.get(desk.db, numbers):
        _pick(acting, desk, issue, story, (place, follow_up))


def unpick(desk: Desk, numbers: Sequence[int]) -> None:
    """Take stories out of the open issue; they are shortlisted then, and keep their notes."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for story in stories.get(desk.db, numbers):
            open_ones = [placing for placing in story.placings if not placing.published]
            if not open_ones:
                raise UsageError(f"{story.number} is not in the open issue")
            acting.remove("blocks", open_ones[0].block)
            acting.change("stories", story.number, state="shortlisted", **_decided(acting))
        acting.done("unpick", numbers)


def path_of(desk: Desk, placing: Placing) -> str:
    """Say where a story stands, as readers will see it: 上游重要进展 › Kubernetes."""
    language = desk.hub.newsletter.language
    titles = (
        [in_language(section_of(desk.hub, placing.path[0]).titles, language), *placing.path[1:]] if placing.path else []
    )
    return " › ".join(titles)


def _new_issue(acting: Acting, desk: Desk) -> Issue:
    """Open the next issue; its period begins where the last one's ended, the first one's with its week."""
    known = issues.all_issues(desk.db)
    number = known[0].number + 1 if known else desk.hub.newsletter.first_number
    ended = [issue.published for issue in known if issue.published]
    since = max(ended, default=week_start(desk.now, desk.hub.newsletter))
    row = acting.add("issues", {"number": number, "state": "draft", "since": time_text(since)})
    return Issue(row, number, "draft", since)


def _pick(acting: Acting, desk: Desk, issue: Issue, story: Story, how: tuple[Place | None, str | None]) -> None:
    """Place a story, or move it; where it stands already it stays."""
    place, follow_up = how
    here = next((placing for placing in story.placings if placing.issue == issue.id), None)
    _check_covered(story, picked=here is not None, follow_up=follow_up)
    fields = _fields(acting, issue, here) | ({"follow_up": follow_up} if follow_up else {})
    target = place or (_place_of(here) if here else _usual_place(desk, story))
    if here and target == _place_of(here):
        acting.change("blocks", here.block, fields=_json(fields))
        return
    if here:
        acting.remove("blocks", here.block)
    parent = _parent(acting, desk, issue, target)
    siblings = [block.position for block in issues.blocks(acting.db, issue.id) if block.parent == parent]
    values = {"issue": issue.id, "parent": parent, "position": max(siblings, default=0.0) + STEP, "kind": "item"}
    acting.add("blocks", values | {"story": story.number, "fields": _json(fields)})
    acting.change("stories", story.number, state="picked", reason=None, **_decided(acting))


def _check_covered(story: Story, *, picked: bool, follow_up: str | None) -> None:
    """Raise UsageError when a story was published before, and nobody says why it comes again."""
    published = [placing.label for placing in story.placings if placing.published]
    if published and not picked and not follow_up:
        why = f"say why it comes again: feedhub pick {story.number} --follow-up REASON"
        raise UsageError(f"{story.number} was published in {published[-1]} already; {why}")


def _fields(acting: Acting, issue: Issue, here: Placing | None) -> dict[str, Any]:
    """Return what editors said of an item, which goes along when it is moved."""
    blocks = issues.blocks(acting.db, issue.id) if here else ()
    return next((block.fields for block in blocks if here and block.id == here.block), {})


def _json(fields: dict[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False)


def _usual_place(desk: Desk, story: Story) -> Place | None:
    """Return where the stories of a feed go; without any sections in feeds.yaml, to the issue itself."""
    with contextlib.suppress(UnknownNameError):  # The section of a feed that is not listed any more may be gone.
        if story.section:
            return place_of(desk.hub, story.section, create=not desk.hub.newsletter.sections)
    if desk.hub.newsletter.sections:
        titles = ", ".join(in_language(known.titles, "") for known in desk.hub.newsletter.sections)
        raise UsageError(f"where does {story.number} go? name one with --section: {titles}")
    return None


def _place_of(placing: Placing) -> Place | None:
    return Place(placing.path[0], placing.path[1:]) if placing.path else None


def _parent(acting: Acting, desk: Desk, issue: Issue, place: Place | None) -> int | None:
    """Return the block that an item of a place goes into, made where it is not there yet."""
    if place is None:
        return None
    order = [section.id for section in desk.hub.newsletter.sections]
    block = _child(acting, issue, None, ("section", place.section), order)
    groups = section_of(desk.hub, place.section).groups
    for name in place.groups:
        block = _child(acting, issue, block, ("group", name), groups)
        groups = ()
    return block


def _child(acting: Acting, issue: Issue, parent: int | None, what: tuple[str, str], order: Sequence[str]) -> int:
    kind, name = what
    field = "section" if kind == "section" else "title"
    siblings = [block for block in issues.blocks(acting.db, issue.id) if block.parent == parent]
    for block in siblings:
        if block.kind == kind and block.fields.get(field) == name:
            return block.id
    position = position_in_order([block for block in siblings if block.kind == kind], name, order)
    values = {"issue": issue.id, "parent": parent, "position": position, "kind": kind, "fields": _json({field: name})}
    return acting.add("blocks", values)


def _decided(acting: Acting) -> dict[str, Any]:
    """Return what is so of every story that somebody decided on: it is no news, and nothing keeps it off the desk."""
    who = {"decided_by": acting.editor, "decided_at": time_text(acting.now)}
    return who | {"news_at": None, "backlog": 0, "hidden": None, "hidden_by": f"editor {acting.editor}"}
