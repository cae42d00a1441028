"""tag, pick, unpick, drop, undrop, unhide, shortlist: the marks that editors put on stories."""

import click

from feedhub.cli.output import hint, say, say_json
from feedhub.cli.params import JSON, NAMES
from feedhub.cli.session import Session
from feedhub.editors import desk, marks, picks
from feedhub.errors import UsageError
from feedhub.store import stories
from feedhub.text.characters import one_line


@click.command("tag")
@click.argument("names", nargs=-1, metavar="N...")
@click.option("--add", multiple=True, metavar="T", help="Add this tag; may stand several times.")
@click.option("--remove", multiple=True, metavar="T", help="Remove this tag; feeds and rules do not add it again.")
@click.option("--create", is_flag=True, help="Allow a tag that is not in `tags:` of feeds.yaml.")
@click.option("--list", "listing", is_flag=True, help="List all tags with their numbers of stories.")
@click.option("--rename", nargs=2, metavar="A B", help="Give tag A the name B everywhere.")
@JSON
@click.pass_obj
def tag_command(
    session: Session,
    names: tuple[str, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    create: bool,
    listing: bool,
    rename: tuple[str, str] | None,
    as_json: bool,
) -> None:
    """Add and remove tags of stories.

    \b
    Example:
      feedhub tag 12 14-16 --add kubernetes --remove minor
    """
    if listing:
        _list_tags(session, as_json)
    elif rename:
        had = marks.rename_tag(session.desk, *rename, create=create)
        say(f"{had} stories had {rename[0]}, and have {rename[1]} now")
    elif names and (add or remove):
        numbers = desk.numbers(session.desk, names)
        marks.tag(session.desk, numbers, add, remove, create=create)
        _say_each(session, numbers, as_json)
    else:
        raise UsageError("say which stories and which tags: feedhub tag 12 --add kubernetes (or --list, --rename A B)")


@click.command("pick")
@NAMES
@click.option("--section", "path", metavar="PATH", help="Where, such as 上游重要进展/Kubernetes (the feed's section).")
@click.option("--create", is_flag=True, help="Allow a section or group that feeds.yaml does not list.")
@click.option("--follow-up", metavar="REASON", help="Why what was published already is covered again.")
@JSON
@click.pass_obj
def pick_command(
    session: Session, names: tuple[str, ...], path: str | None, create: bool, follow_up: str | None, as_json: bool
) -> None:
    """Put stories at the end of a section of the open issue, and say where they are.

    \b
    Example:
      feedhub pick 12 --section 上游重要进展/Kubernetes
    """
    numbers = desk.numbers(session.desk, names)
    for picked in picks.pick(session.desk, numbers, path, create=create, follow_up=follow_up):
        where, placing = picks.path_of(session.desk, picked.placing), picked.placing
        if as_json:
            stands = {"issue": placing.label, "path": list(placing.path), "item": placing.position}
            say_json({"number": picked.story, **stands, "block": f"b{placing.block}"})
        else:
            place = f"{where}{where and ', '}item {placing.position} (b{placing.block})"
            say(f"{picked.story} is in {placing.label}: {one_line(place)}")


@click.command("unpick")
@NAMES
@JSON
@click.pass_obj
def unpick_command(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Take stories out of the open issue; they are shortlisted then, and keep their notes.

    \b
    Example:
      feedhub unpick 12
    """
    numbers = desk.numbers(session.desk, names)
    picks.unpick(session.desk, numbers)
    _say_each(session, numbers, as_json)


@click.command("drop")
@NAMES
@click.option("-r", "--reason", metavar="REASON", help="A code of `reasons:` in feeds.yaml, or text.")
@JSON
@click.pass_obj
def drop_command(session: Session, names: tuple[str, ...], reason: str | None, as_json: bool) -> None:
    """Put stories aside, with a reason.

    Of a story that was published, what is dropped is the news since; it is published as before.

    \b
    Example:
      feedhub drop 13 15-18 -r v
    """
    _decide(session, names, "dropped", marks.reason_of(session.hub, reason), as_json)


@click.command("undrop")
@NAMES
@JSON
@click.pass_obj
def undrop_command(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Bring stories back to the desk as new ones.

    \b
    Example:
      feedhub undrop 13
    """
    _decide(session, names, "new", None, as_json)


@click.command("unhide")
@NAMES
@JSON
@click.pass_obj
def unhide_command(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Bring stories to the desk that a rule keeps off it; no rule hides them again.

    \b
    Example:
      feedhub unhide 12 14-16
    """
    numbers = desk.numbers(session.desk, names)
    marks.unhide(session.desk, numbers)
    _say_each(session, numbers, as_json)


@click.command("shortlist")
@NAMES
@JSON
@click.pass_obj
def shortlist_command(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Keep stories in view for the issue.

    \b
    Example:
      feedhub shortlist 12 14
    """
    _decide(session, names, "shortlisted", None, as_json)


def _decide(session: Session, names: tuple[str, ...], state: str, reason: str | None, as_json: bool) -> None:
    numbers = desk.numbers(session.desk, names)
    marks.decide(session.desk, numbers, state, reason)
    _say_each(session, numbers, as_json)


def _say_each(session: Session, numbers: tuple[int, ...], as_json: bool) -> None:
    """Say how stories are now."""
    for story in stories.get(session.db, numbers):
        if as_json:
            say_json({"number": story.number, "state": story.state, "reason": story.reason, "tags": list(story.tags)})
        else:
            why = f" ({story.reason})" if story.reason else ""
            hint(" ".join([f"{story.number} {story.state}{why}", story.title, *(f"#{tag}" for tag in story.tags)]))


def _list_tags(session: Session, as_json: bool) -> None:
    counts = dict(stories.tag_counts(session.db))
    for term, count in (dict.fromkeys(session.hub.tags, 0) | counts).items():
        say_json({"tag": term, "stories": count}) if as_json else say(f"{count:6}  {term}")
