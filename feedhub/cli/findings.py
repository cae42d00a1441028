"""What `poll` and `watch` say of what was published and changed since, and of what somebody waited for."""

from typing import Any

from feedhub.cli.output import say, say_json
from feedhub.model.watching import Finding
from feedhub.pollers.watching import Returned
from feedhub.text.addresses import shown
from feedhub.text.characters import one_line
from feedhub.text.differences import differences


def report(one: Finding | Returned, *, as_json: bool) -> None:
    """Say what a poll found, in a line or as an object."""
    if as_json:
        say_json(finding_json(one) if isinstance(one, Finding) else _returned_json(one))
    elif isinstance(one, Finding):
        about = f"{one.title} ({one.story}, in {one.issue})"
        say(one_line(f"watch {one.number}: {about} {one.found.says}"))
    else:
        say(f"{one.follow.story} is back at the desk; followed: {one_line(one.why)}")


def finding_json(one: Finding) -> dict[str, Any]:
    """Return a row of `watch` as JSON."""
    found = one.found
    differs = differences(found.before, found.after) if found.before and found.after else ()
    return {
        "watch": one.number,
        "kind": found.kind,
        "says": found.says,
        "story": one.story,
        "title": one.title,
        "url": one.url and shown(one.url),
        "issue": one.issue,
        "editor": one.editor,
        "at": one.at,
        "diff": [{piece.kind: piece.text} for piece in differs],
        "settled": one.settled,
    }


def _returned_json(one: Returned) -> dict[str, Any]:
    return {"followed": one.follow.story, "until": one.follow.until, "why": one.why}
