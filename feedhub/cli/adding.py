"""feed add: find the feed of a site, show what it says, list it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import click

from feedhub.cli.output import day, hint, say, say_json
from feedhub.cli.params import JSON
from feedhub.cli.session import Session
from feedhub.cli.subscribing import Listed, full_address, known_tags, section_path, write
from feedhub.cli.way_out import way_out
from feedhub.errors import UsageError
from feedhub.model.document import Document, Entry
from feedhub.model.feed import Feed
from feedhub.pollers import checking, finding
from feedhub.pollers.feeds import check_contact
from feedhub.reading import github
from feedhub.rules import backlog as backlog_rules
from feedhub.rules import windows
from feedhub.rules.windows import Window
from feedhub.text.addresses import shown
from feedhub.text.characters import one_line

_SHOWN = 3
_OFTEN = (
    (timedelta(hours=1), "hour"),
    (timedelta(days=1), "day"),
    (timedelta(weeks=1), "week"),
    (timedelta(days=30), "month"),
    (timedelta(days=365), "year"),
)


class Backlog(click.ParamType[int | None]):
    """How much of a feed's first document is news: all (None), none (0), or of how many days."""

    name = "all|none|days"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """Return the days."""
        if value in ("all", "none"):
            return {"all": None, "none": 0}[value]
        if not re.fullmatch(r"\d{1,4}", str(value)):
            self.fail(f"{value!r} is none of all, none or a number of days", param, ctx)
        return int(value)


@dataclass(frozen=True, slots=True)
class _New:
    """A feed that was found: as it will be listed, and what it says now."""

    feed: Feed
    asked: str
    read_at: str
    document: Document
    seen: Window
    was_here: bool


@click.command("add")
@click.argument("urls", nargs=-1, required=True, metavar="URL...")
@click.option("--name", metavar="NAME", help="What to call it at the desk (made from its title).")
@click.option("--section", metavar="PATH", help="Where its stories go, such as 上游重要进展/Kubernetes.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="A tag that its stories get; may stand several times.")
@click.option(
    "--backlog",
    type=Backlog(),
    default="7",
    metavar="DAYS",
    help="What of its first document is news: all, none, or so many days (7).",
)
@click.option("--dry-run", is_flag=True, help="Show what it says; write nothing.")
@JSON
@click.pass_obj
def add_command(
    session: Session,
    urls: tuple[str, ...],
    name: str | None,
    section: str | None,
    tags: tuple[str, ...],
    backlog: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Find the feed of a site and list it.

    Shows what it says before it is written into feeds.yaml. URL is the address of a feed or of a page that has one; a
    password or key in it goes to db/secrets.env.

    \b
    Example:
      feedhub feed add kubernetes.io https://lwkd.info/feed.xml --tag kubernetes
    """
    if name and len(urls) > 1:
        raise UsageError("--name is for one address")
    check_contact(session.hub)
    path, known = section_path(session, section), known_tags(session, tags)
    like = Feed(name or "", "", section=path, tags=known, backlog=backlog)
    listed = Listed(session)
    errors: list[UsageError] = []
    for url in urls:
        try:
            found = _found(session, listed, like, url)
        except UsageError as error:
            errors.append(error)
            continue
        _say_json(found, session, dry_run) if as_json else _say(found, session)
    _finish(session, listed, errors, dry_run)


def _finish(session: Session, listed: Listed, errors: list[UsageError], dry_run: bool) -> None:
    """Write what was found, and say what was not; when that is all, the last error is the command's."""
    for error in errors if listed.new else errors[:-1]:
        hint(f"feedhub: {error}")
    if not listed.new:
        raise errors[-1]
    if dry_run:
        hint("nothing was written")
    else:
        write(session, listed)
        names = " ".join(f"--feed {feed.name}" for feed in listed.new)
        hint(f"added to {session.folder / 'feeds.yaml'}; next: feedhub poll {names}")
    click.get_current_context().exit(1 if errors else 0)


def _found(session: Session, listed: Listed, like: Feed, written: str) -> _New:
    """Find the feed that somebody wants; UsageError when there is none, or when it is listed already."""
    address, secrets = full_address(session, written)
    _check_twin(listed, address)
    query = github.query_of(address)
    if query:
        says = f"GitHub has no feed of what is listed at {shown(address)}; list a search of it in feeds.yaml"
        raise UsageError(f"{says}: {{name: NAME, kind: github, query: '{query}'}}")
    found = finding.find(address, way_out(session))
    if isinstance(found, finding.NotFound):
        raise UsageError(secrets.hide(f"no feed was found at {shown(address)}: {_tried(address, found)}"))
    _check_twin(listed, address, found.url, found.read_at)
    title, seen = found.document.head.title, windows.window(found.document.entries, session.now)
    named = listed.name(like.name or None, title, found.url)
    was_here = listed.was_here(found.url)
    feed = listed.add(replace(like, name=named, url=secrets.hide(found.url), kind=found.kind))
    return _New(feed, shown(address), shown(found.read_at), found.document, seen, was_here)


def _check_twin(listed: Listed, address: str, *leads_to: str) -> None:
    for url in leads_to or (address,):
        twin = listed.twin(url)
        if twin:
            leads = "" if url == address else f" leads to {shown(url)}, which"
            raise UsageError(f"{shown(address)}{leads} is listed already, as {twin}")


def _tried(address: str, found: finding.NotFound) -> str:
    """Say why there is no feed at an address, and what else was tried, each reason once."""
    site = shown(urljoin(address, "/")).rstrip("/")
    reasons: dict[str, list[str]] = {}
    for url, why in found.tried:
        reasons.setdefault(why, []).append(shown(url).removeprefix(site))
    tried = (f"{', '.join(urls)} ({why})" for why, urls in reasons.items())
    return f"{found.reason}{'; tried as well: ' if reasons else ''}{', '.join(tried)}"


def _say(found: _New, session: Session) -> None:
    """Say what a feed says, before it is subscribed to."""
    feed, document, zone = found.feed, found.document, session.hub.newsletter.timezone
    ways = [f"found at {found.asked}"] if found.asked != shown(feed.url) else []
    ways += [f"read at {found.read_at}"] if found.read_at != shown(feed.url) else []
    say(f"{feed.name}: {one_line(document.head.title or 'no title')}")
    say(f"  address  {one_line('; '.join([shown(feed.url), *ways]))}")
    say(f"  says     {_speech(found, session.now)}")
    for entry in _first(document, session.now):
        say(f"  {day(_date(entry), zone):10}  {one_line(entry.title or entry.link or 'no title')}")
    for warning in _warnings(found, session):
        hint(f"{feed.name}: {warning}")


def _first(document: Document, now: datetime) -> Sequence[Entry]:
    """Return the first entries of a document; of a calendar, those that are not over."""
    ahead = [entry for entry in document.entries if not (entry.event and backlog_rules.is_over(entry.event, now))]
    return ahead[:_SHOWN]


def _date(entry: Entry) -> datetime | None:
    return entry.event.starts if entry.event else entry.published or entry.updated


def _speech(found: _New, now: datetime) -> str:
    """Say how much a document holds, and how often its feed speaks."""
    seen, kind = found.seen, found.document.format
    events = [entry.event for entry in found.document.entries if entry.event]
    if events:
        ahead = sum(not backlog_rules.is_over(event, now) for event in events)
        return f"{len(events)} events ({kind}), {ahead} of them still to come"
    if not seen.span:
        return f"{seen.entries} entries ({kind}), {seen.dated} of them dated"
    often = next(
        (f"{seen.arriving(time):.0f} a {name}" for time, name in _OFTEN if seen.arriving(time) >= 2), "one a year"
    )
    return f"{seen.entries} entries ({kind}) of {checking.spoken(seen.span)}: about {often}"


def _warnings(found: _New, session: Session) -> list[str]:
    seen, now, interval = found.seen, session.now, session.hub.network.interval
    said = []
    if seen.newest and windows.is_stale(seen, now):
        said.append(f"it is stale: nothing new since {seen.newest:%Y-%m-%d}")
    if windows.is_short(seen, interval, now):
        said.append(
            f"its window is short: {seen.arriving(interval):.0f} of {seen.entries} entries come between two polls"
        )
    if not seen.entries:
        said.append("it has no entries")
    if found.was_here:
        said.append("it was listed before, and its stories are still here")
    return said


def _say_json(found: _New, session: Session, dry_run: bool) -> None:
    feed, document, seen = found.feed, found.document, found.seen
    newest = [
        {"title": entry.title, "link": entry.link, "published": entry.published or entry.updated}
        for entry in _first(document, session.now)
    ]
    listed = {"kind": feed.kind, "section": feed.section, "tags": list(feed.tags), "backlog": feed.backlog}
    where = {"url": shown(feed.url), "asked": found.asked, "read_at": found.read_at}
    says = {"title": document.head.title, "format": document.format, "entries": seen.entries, "newest": newest}
    speaks = {"oldest": seen.oldest, "a_week": round(seen.a_week, 2), "warnings": _warnings(found, session)}
    say_json({"name": feed.name, **where, **listed, **says, **speaks, "added": not dry_run})
