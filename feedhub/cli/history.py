"""log, undo and redo."""

import click

from feedhub.cli.output import columns, moment, say, say_json
from feedhub.cli.params import JSON
from feedhub.cli.session import Session
from feedhub.editors import desk, history
from feedhub.model.story import Act
from feedhub.store import acts
from feedhub.text.characters import one_line, shorten


@click.command("log")
@click.argument("name", metavar="[N]", required=False)
@click.option("--editor", "who", metavar="ID", help="Only this editor's acts.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many.")
@JSON
@click.pass_obj
def log_command(session: Session, name: str | None, who: str | None, limit: int, as_json: bool) -> None:
    """List what editors did, the latest first: to a story, or at all.

    \b
    Example:
      feedhub log 12
    """
    story = desk.number(session.reader, name) if name else None
    for act in acts.log(session.db, story, who, limit):
        if as_json:
            said = {"at": act.at, "editor": act.editor, "command": act.command, "stories": list(act.stories)}
            say_json({"act": act.number, **said, "undone_by": act.undone_by})
        else:
            say(_line(session, act))


@click.command("undo")
@click.argument("act", type=int, required=False)
@JSON
@click.pass_obj
def undo_command(session: Session, act: int | None, as_json: bool) -> None:
    """Take back an act of `log`, or your last one; refuses when later work depends on it.

    \b
    Example:
      feedhub undo 31
    """
    _say_done(history.undo(session.desk, act), "undone", as_json)


@click.command("redo")
@JSON
@click.pass_obj
def redo_command(session: Session, as_json: bool) -> None:
    """Do again what your last undo took back.

    \b
    Example:
      feedhub redo
    """
    _say_done(history.redo(session.desk), "done again", as_json)


def _say_done(act: Act, done: str, as_json: bool) -> None:
    if as_json:
        say_json({"act": act.number, "command": act.command, "stories": list(act.stories), "is": done})
    else:
        say(f"{done}: act {act.number}, {one_line(act.command)} {_stories(act)}".rstrip())


def _line(session: Session, act: Act) -> str:
    undone = f" (undone by {act.undone_by})" if act.undone_by else ""
    at = moment(act.at, session.hub.newsletter.timezone)
    line = f"{act.number:5}  {at}  {one_line(act.editor)}  {one_line(act.command)} {_stories(act)}{undone}"
    return shorten(line.rstrip(), columns())


def _stories(act: Act) -> str:
    return " ".join(map(str, act.stories))
