"""Following stories until something happens, and settling what was found wrong with what was published."""

from collections.abc import Sequence

from feedhub.editors.desk import Desk
from feedhub.errors import UsageError
from feedhub.model.watching import Finding, Follow
from feedhub.model.written import time_text
from feedhub.reading import cited
from feedhub.rules import watching
from feedhub.store import follows, stories, watches
from feedhub.store.acts import Acting
from feedhub.store.connection import writing

_AT_SOURCE = ("merged", "closed", "stage")
_SETTLED = {"done": "done", "correct": "to be corrected", "follow": "followed", "reverted": "it is as it was"}


def follow(desk: Desk, numbers: Sequence[int], until: str) -> None:
    """Bring stories back to the desk when something happens; UsageError for what nobody can wait for."""
    wanted = _condition(desk, until)
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for number in numbers:
            _follow(acting, number, wanted)
        acting.done(f"follow --until {wanted}", numbers)


def cancel(desk: Desk, numbers: Sequence[int], until: str | None = None) -> None:
    """Wait no more for what stories are followed for, or for one condition of them."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for number in numbers:
            waiting = [one for one in follows.waiting(desk.db, number) if until in (None, one.until)]
            if not waiting:
                raise UsageError(f"{number} is not followed{f' until {until}' if until else ''}")
            for one in waiting:
                acting.change("follows", one.number, ended=time_text(desk.now), why="cancelled")
        acting.done("follow --cancel", numbers)


def waiting(desk: Desk) -> tuple[Follow, ...]:
    """Return what is waited for."""
    return follows.waiting(desk.db)


def settle(desk: Desk, numbers: Sequence[int], how: str, until: str = "any") -> tuple[Finding, ...]:
    """Settle rows of `watch` in one act: done, correct (the story comes back to the desk) or follow; return them."""
    wanted = _condition(desk, until) if how == "follow" else until
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        found = [watches.finding(desk.db, number) for number in numbers]
        today = stories.current(desk.db, [one.story for one in found])
        for one in found:
            if one.settled:
                raise UsageError(f"row {one.number} is settled already: {_SETTLED[one.settled]}")
            by, at = desk.editor, time_text(desk.now)
            acting.change("findings", one.number, settled=how, settled_by=by, settled_at=at)
            if how == "correct":
                _recall(acting, today[one.story], f"correct what {one.issue} said")
            elif how == "follow":
                _follow(acting, today[one.story], wanted)
        acting.done(f"watch {how} {' '.join(map(str, numbers))}", today.values())
    return tuple(found)


def _condition(desk: Desk, until: str) -> str:
    """Return a condition as it is kept; a day lies ahead."""
    wanted = until.strip().lower()
    if not watching.is_condition(wanted):
        raise UsageError(f"{until!r} is none of merged, closed, released, any, stage:S and a day such as 2019-12-24")
    if wanted[0].isdigit() and wanted <= desk.now.astimezone(desk.hub.newsletter.timezone).date().isoformat():
        raise UsageError(f"{wanted} does not lie ahead")
    return wanted


def _follow(acting: Acting, story: int, until: str) -> None:
    """Follow a story, unless somebody waits for that already; what can be visited is visited daily from now on."""
    if any(one.until == until for one in follows.waiting(acting.db, story)):
        return
    sources = [source for key in follows.keys_of(acting.db, story) if (source := cited.at_source(key))]
    if until.partition(":")[0] in _AT_SOURCE and not any("#" in source for source in sources):
        raise UsageError(f"{story} is about no pull request, issue or KEP, so nobody can tell when it is {until}")
    values = {"story": story, "until": until, "editor": acting.editor, "at": time_text(acting.now)}
    number = acting.add("follows", values)
    for source in sources:
        follows.wait_at(acting.db, number, watches.want(acting.db, source, cited.address(source), acting.now))


def _recall(acting: Acting, story: int, why: str) -> None:
    """Bring a story back to the desk, as part of an act."""
    at = time_text(acting.now)
    acting.change("stories", story, news_at=at)
    acting.add("recalls", {"story": story, "at": at, "why": why})
