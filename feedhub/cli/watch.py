"""watch and follow: what changed upstream since it was published, and what editors wait for."""

from collections.abc import Sequence
from typing import Any

import click

from feedhub.cli.findings import finding_json
from feedhub.cli.output import day, hint, moment, say, say_json
from feedhub.cli.params import JSON
from feedhub.cli.revisions import painted
from feedhub.cli.session import Session
from feedhub.editors import desk, following
from feedhub.errors import UsageError
from feedhub.model.watching import Finding, Follow
from feedhub.store import stories, watches
from feedhub.text.addresses import shown
from feedhub.text.characters import one_line
from feedhub.text.differences import Piece, differences

_MOST_LINES = 12
_LONGEST_LINE = 500
_ROWS = click.argument("rows", nargs=-1, required=True, type=int, metavar="W...")


@click.group("watch", invoke_without_command=True)
@click.option("--all", "settled", is_flag=True, help="What was settled as well.")
@click.option("--full", is_flag=True, help="All of each difference.")
@JSON
@click.pass_context
def watch_command(ctx: click.Context, settled: bool, full: bool, as_json: bool) -> None:
    """List what changed upstream since it was published.

    Polls visit what issues cite: weekly for twelve weeks, then monthly. A row stays until somebody settles it.

    \b
    Example:
      feedhub watch
      feedhub watch done 3
    """
    if ctx.invoked_subcommand is not None:
        return
    session: Session = ctx.obj
    found = watches.findings(session.db, settled=settled)
    for one in found:
        say_json(finding_json(one)) if as_json else _show(one, session, full=full)
    if not found:
        hint("nothing waits: what was published stands as it was")


@watch_command.command("done")
@_ROWS
@JSON
@click.pass_obj
def done_command(session: Session, rows: tuple[int, ...], as_json: bool) -> None:
    """Settle rows of which nothing follows.

    \b
    Example:
      feedhub watch done 3
    """
    _say_settled(session, following.settle(session.desk, rows, "done"), as_json)


@watch_command.command("correct")
@_ROWS
@JSON
@click.pass_obj
def correct_command(session: Session, rows: tuple[int, ...], as_json: bool) -> None:
    """Settle rows, and bring their stories back to the desk: what the issue said is to be corrected.

    \b
    Example:
      feedhub watch correct 3
    """
    _say_settled(session, following.settle(session.desk, rows, "correct"), as_json)


@watch_command.command("follow")
@_ROWS
@click.option("--until", default="any", metavar="WHAT", help="Until what, as for follow (any).")
@JSON
@click.pass_obj
def follow_row_command(session: Session, rows: tuple[int, ...], until: str, as_json: bool) -> None:
    """Settle rows, and follow their stories.

    \b
    Example:
      feedhub watch follow 3 --until merged
    """
    _say_settled(session, following.settle(session.desk, rows, "follow", until), as_json)


@click.command("follow")
@click.argument("names", nargs=-1, metavar="[N]...")
@click.option("--until", metavar="WHAT", help="merged, closed, released, any, stage:S or a day such as 2019-12-24.")
@click.option("--cancel", is_flag=True, help="Wait no more.")
@JSON
@click.pass_obj
def follow_command(session: Session, names: tuple[str, ...], until: str | None, cancel: bool, as_json: bool) -> None:
    """Bring stories back to the desk when something happens to them; without N, list what is waited for.

    merged and closed are of the pull request or issue, stage:S of the KEP; released is a release that speaks of it or a
    newer one of its project; any is any entry, mention or change.

    \b
    Example:
      feedhub follow 12 --until merged
    """
    if not names:
        if until or cancel:
            raise UsageError("say which stories: feedhub follow 12 --until merged")
        _list(session, as_json)
        return
    numbers = desk.numbers(session.desk, names)
    if cancel:
        following.cancel(session.desk, numbers, until)
    elif until:
        following.follow(session.desk, numbers, until)
    else:
        raise UsageError("until what? --until merged, closed, released, any, stage:beta or a day such as 2019-12-24")
    for story in stories.get(session.db, numbers):
        if as_json:
            say_json({"number": story.number, "follows": list(story.follows)})
        else:
            waits = f"is followed until {', '.join(story.follows)}" if story.follows else "is not followed any more"
            hint(f"{story.number} {waits}")


def _show(one: Finding, session: Session, *, full: bool) -> None:
    at = day(one.at, session.hub.newsletter.timezone)
    who = f", by {one.editor}" if one.editor else ""
    settled = f" [{one.settled}]" if one.settled else ""
    say(f"{one.number:5}  {at}  {one_line(f'{one.title} {one.found.says}{settled}')}")
    where = f"story {one.story} in {one.issue}{who}  {shown(one.url) if one.url else 'no link'}"
    say(f"       {one_line(where)}")
    before, after = one.found.before, one.found.after
    pieces = differences(before, after) if before and after else ()
    shown_pieces = pieces if full else _bounded(pieces)
    said = painted(shown_pieces).split("\n") if pieces else []
    for line in said if full else said[:_MOST_LINES]:
        say(f"       {line}")
    if not full and len(said) > _MOST_LINES:
        say(f"       … {len(said) - _MOST_LINES} more lines: feedhub watch --full")
    elif shown_pieces != pieces:
        say("       … there is more: feedhub watch --full")


def _bounded(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Leave out what goes beyond so many characters of a line: an article without paragraphs fills screens."""
    kept, used = [], 0
    for piece in pieces:
        parts = []
        for number, line in enumerate(piece.text.split("\n")):
            used = 0 if number else used
            left = max(0, _LONGEST_LINE - used)
            parts.append(line if len(line) <= left else f"{line[:left]}…" if left else "")
            used += len(line)
        kept.append(Piece(piece.kind, "\n".join(parts)))
    return tuple(piece for piece in kept if piece.text)


def _say_settled(session: Session, found: tuple[Finding, ...], as_json: bool) -> None:
    for one in found:
        row = watches.finding(session.db, one.number)
        if as_json:
            say_json(finding_json(row))
        else:
            back = f"; story {row.story} is back at the desk" if row.settled == "correct" else ""
            hint(f"watch {row.number} is settled ({row.settled}){back}")


def _list(session: Session, as_json: bool) -> None:
    waiting = following.waiting(session.reader)
    told = {story.number: story for story in stories.get(session.db, [one.story for one in waiting])}
    for one in waiting:
        if as_json:
            say_json(follow_json(one) | {"title": told[one.story].title})
        else:
            at = moment(one.at, session.hub.newsletter.timezone)
            until = f"until {one.until}"
            say(f"{one.story:5}  {until:18}  {at}  {one_line(f'{one.editor}  {told[one.story].title}')}")
    if not waiting:
        hint("nothing is followed; feedhub follow N --until merged")


def follow_json(one: Follow) -> dict[str, Any]:
    """Return what is waited for as JSON."""
    return {"number": one.story, "until": one.until, "editor": one.editor, "at": one.at}
