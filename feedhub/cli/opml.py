"""feed import and feed export: lists of feeds as other readers write and read them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from feedhub.cli.output import hint, say_json, table
from feedhub.cli.params import JSON
from feedhub.cli.session import Session
from feedhub.cli.subscribing import Listed, write
from feedhub.config.secrets import tuck
from feedhub.errors import ReadingError, UsageError
from feedhub.model.feed import Feed
from feedhub.model.hub import Hub
from feedhub.model.places import Place, place_of
from feedhub.reading import opml as reading
from feedhub.reading.opml import Outline
from feedhub.store import feeds
from feedhub.text.addresses import shown

_SECRET = re.compile(r"\$([A-Z_][A-Z0-9_]*)")


@click.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="List what would be added, and what not; write nothing.")
@JSON
@click.pass_obj
def import_command(session: Session, file: Any, dry_run: bool, as_json: bool) -> None:
    """Add the feeds of an OPML file, - for stdin.

    What cannot be taken is named with its reason. A folder is a section where feeds.yaml has one of that name, or no
    sections at all. Nothing is visited.

    \b
    Example:
      feedhub feed import subscriptions.opml --dry-run
    """
    try:
        listing = reading.read(file.read())
    except ReadingError as error:
        raise UsageError(f"{file.name}: {error}") from error
    listed = Listed(session)
    said = []
    for outline in listing.outlines:
        one = _checked(outline, listed)
        feed = None if one.refused else _taken(session, listed, one)
        if feed:
            said.append((feed.name, one.title or None, one.home))
        _say_json(one, feed, dry_run) if as_json else _say(one, feed)
    if listing.left_out:
        hint(f"refused: {listing.left_out} more; {reading.MOST} feeds are taken of a list")
    if listing.broken:
        hint(f"{file.name} is broken at {listing.broken}; what could be read of it was read")
    _hint_folders(session.hub, listing.outlines)
    refused = len(listing.outlines) + listing.left_out - len(listed.new)
    hint(f"{len(listed.new)} feeds {'would be added' if dry_run else 'added'}, {refused} refused")
    if listed.new and not dry_run:
        write(session, listed)
        feeds.introduce(session.db, said)


@click.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.pass_obj
def export_command(session: Session, file: Path) -> None:
    """Write the feeds as OPML, - for stdout.

    Sections are folders; secrets stay the $NAMEs that stand for them.

    \b
    Example:
      feedhub feed export feeds.opml
    """
    from feedhub.publisher import files
    from feedhub.rendering.opml import opml

    body = opml(session.hub, feeds.states(session.db, session.hub.feeds))
    if str(file) == "-":
        click.echo(body, nl=False)
    else:
        files.place(file.parent, file.name, body)
        hint(f"{sum(feed.kind == 'feed' for feed in session.hub.feeds)} feeds are in {file}")


def _checked(outline: Outline, listed: Listed) -> Outline:
    """Refuse a feed that is there already, or that would send a secret of ours to whoever wrote the list."""
    if outline.refused:
        return outline
    twin = listed.twin(outline.url)
    if twin:
        return replace(outline, refused=f"it is listed already, as {twin}")
    name = _name(outline, listed)
    # What an address has in the clear is kept as a secret that is named after its feed: those names alone are its own.
    own = next(iter(tuck("https://user:password@a.example/", name)[1]))
    others = [secret for secret in _SECRET.findall(outline.url) if not secret.startswith(own)]
    return replace(outline, refused=f"it names a secret that is not its own: ${others[0]}") if others else outline


def _taken(session: Session, listed: Listed, outline: Outline) -> Feed:
    """Take a feed of the list, with the tags and the section that feeds.yaml knows."""
    known = set(session.hub.tags)
    tags = tuple(tag for tag in dict.fromkeys(outline.tags) if not known or tag in known)
    section = _section(session.hub, outline.folders)
    return listed.add(Feed(_name(outline, listed), outline.url, section=section, tags=tags))


def _name(outline: Outline, listed: Listed) -> str:
    wanted = outline.name if outline.name and listed.is_free(outline.name) else None
    return listed.name(wanted, outline.title, outline.url)


def _section(hub: Hub, folders: Sequence[str]) -> str | None:
    """Return the path of the section that has the name of a folder, in full; a group that is none is left out."""
    if not folders:
        return None
    if not hub.newsletter.sections:
        return Place(folders[0], tuple(folders[1:])).path
    wanted = folders[0].casefold()
    for section in hub.newsletter.sections:
        if wanted in (name.casefold() for name in (section.id, section.alias or section.id, *section.titles.values())):
            path = Place(section.id, tuple(folders[1:])).path
            try:
                return place_of(hub, path).path
            except UsageError:
                return section.id
    return None


def _hint_folders(hub: Hub, outlines: Iterable[Outline]) -> None:
    """Say which folders are lost."""
    lost = dict.fromkeys(one.folders[0] for one in outlines if one.folders and not _section(hub, one.folders))
    if lost:
        hint(f"no section has the name of these folders, so their feeds have none: {', '.join(lost)}")


def _say(outline: Outline, feed: Feed | None) -> None:
    if feed:
        table([(feed.name, feed.section or "-", shown(feed.url))], (24, 20))
    else:
        hint(f"refused: {outline.title or 'no title'} ({shown(outline.url)}): {outline.refused}")


def _say_json(outline: Outline, feed: Feed | None, dry_run: bool) -> None:
    say_json({
        "name": feed.name if feed else None, "url": shown(feed.url if feed else outline.url),
        "title": outline.title, "section": feed.section if feed else None, "tags": list(feed.tags) if feed else [],
        "added": bool(feed) and not dry_run, "refused": outline.refused,
    })  # fmt: skip
