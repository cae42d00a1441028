"""merge, split and why: which entries are one story, and how that came about."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import click

from feedhub.cli.output import hint, moment, say, say_json
from feedhub.cli.params import JSON, NAME, NAMES
from feedhub.cli.session import Session
from feedhub.editors import desk, merging, reasons
from feedhub.editors.reasons import Reason
from feedhub.errors import UsageError
from feedhub.model.story import Story
from feedhub.store import stories
from feedhub.text.characters import one_line


@click.command("merge")
@NAMES
@click.option("--suggested", is_flag=True, help="With all stories that are suggested for N.")
@click.option("--refuse", is_flag=True, help="They are not one: never suggest it again.")
@JSON
@click.pass_obj
def merge_command(session: Session, names: tuple[str, ...], suggested: bool, refuse: bool, as_json: bool) -> None:
    """Make one story of several; the number and the lead of the first one stay, and all the notes.

    The other numbers lead to it from now on, and what polls bring later goes where you put the rest.

    \b
    Example:
      feedhub merge 640 655
      feedhub merge --suggested 640
    """
    first, *others = _wanted(session, names, suggested=suggested)
    if refuse:
        merging.refuse(session.desk, first, others)
    else:
        first = merging.merge(session.desk, first, others)
    (story,) = stories.get(session.db, [first])
    if as_json:
        say_json(_told(story) | ({"refused": others} if refuse else {"merged": others}))
    elif refuse:
        hint(f"{first} and {', '.join(map(str, others))} stay apart")
    else:
        _say_merged(story, others)


@click.command("split")
@click.argument("name", metavar="N.E")
@JSON
@click.pass_obj
def split_command(session: Session, name: str, as_json: bool) -> None:
    """Give an entry a story of its own; no poll and no suggestion brings the two together again.

    \b
    Example:
      feedhub split 640.3
    """
    number, part = desk.entry(session.desk, name)
    own = merging.split(session.desk, number, part)
    (story,) = stories.get(session.db, [own])
    if as_json:
        say_json(_told(story) | {"from": number})
    else:
        say(f"{number}.{part} is story {own} now: {one_line(story.title)}")


@click.command("why")
@NAME
@JSON
@click.pass_obj
def why_command(session: Session, name: str, as_json: bool) -> None:
    """Explain a story: by what its entries are one, who leads, where its tags are from, why it is on the desk or not.

    \b
    Example:
      feedhub why 640
    """
    number = desk.number(session.reader, name)
    found = reasons.why(session.reader, number)
    (story,) = stories.get(session.db, [number])
    if as_json:
        say_json(_told(story) | {"reasons": [_reason_json(one) for one in found]})
        return
    say(f"{number}  {one_line(story.title)}")
    for one in found:
        say("   " + one_line(_line(one, session.hub.newsletter.timezone)))


def _wanted(session: Session, names: Sequence[str], *, suggested: bool) -> tuple[int, ...]:
    """Return the stories to be merged, the one that stays first."""
    numbers = desk.numbers(session.desk, names)
    if suggested:
        if len(numbers) != 1:
            raise UsageError("--suggested goes with one story: feedhub merge --suggested 640")
        return (*numbers, *merging.suggested(session.desk, numbers[0]))
    if len(numbers) == 1 and len(names) > 1:
        one = numbers[0]
        raise UsageError(f"{' and '.join(names)} are one story, {one}; to part them: feedhub split {one}.E")
    if len(numbers) < 2:
        raise UsageError("name two stories or more: feedhub merge 640 655 (or --suggested 640)")
    return numbers


def _say_merged(story: Story, others: Sequence[int]) -> None:
    say(f"{', '.join(map(str, others))} {'is' if len(others) == 1 else 'are'} part of {story.number} now")
    published = [placing.label for placing in story.placings if placing.published]
    if story.state == "picked" and published:
        again = f"feedhub pick {story.number} --follow-up REASON"
        hint(f"{story.number} is picked, and was published in {published[-1]}; to say why it comes again: {again}")


def _told(story: Story) -> dict[str, Any]:
    return {"number": story.number, "state": story.state, "title": story.title, "uid": story.uid}


def _reason_json(one: Reason) -> dict[str, Any]:
    said = {"about": one.about, "what": one.what, "by": one.by, "matched": one.matched}
    return said | {"at": one.at, "act": one.act}


def _line(one: Reason, zone: ZoneInfo) -> str:
    matched = f": {one.matched}" if one.matched else ""
    when = f" · {moment(one.at, zone)}" if one.at else ""
    act = f", act {one.act}" if one.act else ""
    return f"{one.about} · {one.what} · {one.by}{matched}{when}{act}"
