"""publish: from the open issue to the files that readers get."""

from pathlib import Path

import click

from feedhub.cli.output import hint, say, say_json
from feedhub.cli.params import JSON
from feedhub.cli.session import Session
from feedhub.model.issue import Edition, Issue, items_of
from feedhub.publisher import issues as publisher
from feedhub.publisher.issues import Written
from feedhub.rendering import markdown
from feedhub.store import issues
from feedhub.text.characters import lines, one_line

_NOTHING = "nothing new to publish: no story is picked for the open issue"


@click.command("publish")
@click.option("--issue", "name", metavar="I", help="The issue: its number, slug, open or last (the open one).")
@click.option("--headline", metavar="TEXT", help="What the title leads with (the first item's title).")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Where to (output/ in the hub).")
@click.option("--dry-run", is_flag=True, help="Print the issue as it would be; freeze and write nothing.")
@click.option(
    "--verify", is_flag=True, help="Render what was published again and compare the bytes; exit 1 when they differ."
)
@click.option("--rerender", is_flag=True, help="Write files of published issues again as this version renders them.")
@JSON
@click.pass_obj
def publish_command(
    session: Session,
    name: str | None,
    headline: str | None,
    output: Path | None,
    dry_run: bool,
    verify: bool,
    rerender: bool,
    as_json: bool,
) -> None:
    """Freeze the open issue as an edition and write its files; without one, finish what is not written yet.

    \b
    Example:
      feedhub publish --dry-run | less
      feedhub publish
    """
    folder = output or session.output
    if dry_run:
        edition = _draft(session, name, headline)
        if edition is None:
            hint(_NOTHING)
        else:
            click.echo(lines(markdown.render(edition).decode()), nl=False)
    elif verify:
        _verify(session, folder, as_json)
    else:
        with publisher.publishing(session.database):
            edition = _freeze(session, name, headline)
            written = publisher.write(session.db, session.hub, folder, rerender)
        _report(folder, edition, written, as_json)


def _draft(session: Session, name: str | None, headline: str | None) -> Edition | None:
    """Return the edition of an issue: the frozen one, or what would be frozen now; None for an empty open one."""
    issue = publisher.find(session.db, name) if name else issues.open_issue(session.db)
    if issue is None or not (issue.state == "published" or _holds_items(session, issue)):
        return None
    if issue.state == "published":
        return next(edition for edition in issues.editions(session.db) if edition.slug == issue.slug)
    return publisher.draft(session.db, session.hub, issue, session.now, headline)


def _holds_items(session: Session, issue: Issue) -> bool:
    return any(block.kind == "item" for block in issues.blocks(session.db, issue.id))


def _freeze(session: Session, name: str | None, headline: str | None) -> Edition | None:
    if name is not None and publisher.find(session.db, name).state == "published":
        return None
    if session.hub.newsletter.review == "required":
        hint("review: required is not enforced by this version; the issue is published without an approval")
    return publisher.freeze(session.db, session.hub, session.editor, session.now, headline)


def _report(folder: Path, edition: Edition | None, written: list[Written], as_json: bool) -> None:
    if as_json:
        issue = {"number": edition.number, "slug": edition.slug, "title": edition.title} if edition else None
        files = [{"path": str(folder / one.path), "outcome": one.outcome} for one in written]
        say_json({"issue": issue, "files": files})
        return
    if edition is None:
        hint(_NOTHING)
    else:
        items = items_of(edition.parts)
        size = f"{len(items)} item{'s' if len(items) > 1 else ''}"
        say(f"published No. {edition.number} ({edition.slug}) with {size}: {one_line(edition.title)}")
        bare = [item.title for item in items if not item.commentary]
        if bare:
            hint(f"without commentary: {len(bare)} of {size}, such as {bare[0]}")
    for one in written:
        if one.outcome == "written":
            say(str(folder / one.path))
        if one.outcome == "kept":
            hint(f"{folder / one.path} stays as it was published (this version renders it otherwise: --rerender)")
    unchanged = sum(one.outcome == "unchanged" for one in written)
    if unchanged:
        hint(f"{unchanged} files are unchanged")


def _verify(session: Session, folder: Path, as_json: bool) -> None:
    wrong = publisher.verify(session.db, session.hub, folder)
    for one in wrong:
        path = str(folder / one.path)
        say_json({"path": path, "outcome": one.outcome}) if as_json else say(f"{path}: {one.outcome}")
    if wrong:
        click.get_current_context().exit(1)
    hint("every file is what its edition renders to")
