"""list and search: finding stories. Nothing here changes any."""

import re
from datetime import datetime
from typing import Any

import click

from feedhub.cli import lines as story_lines
from feedhub.cli.output import hint, say_json
from feedhub.cli.params import JSON, Day, Week
from feedhub.cli.session import Session
from feedhub.editors import marks
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.places import place_of
from feedhub.store import feeds, search, stories
from feedhub.store.stories import Filter

_ON_DESK = ("new", "shortlisted", "picked")
_MOST_FOUND = 1_000


@click.command("list")
@click.option("--new", "states", flag_value="new", help="Only what waits for a decision, news since one included.")
@click.option("--picked", "states", flag_value="picked", help="Only what is in the open issue.")
@click.option("--shortlist", "states", flag_value="shortlisted", help="Only what is kept in view.")
@click.option("--dropped", "states", flag_value="dropped", help="Only what was put aside.")
@click.option("--hidden", "states", flag_value="hidden", help="Only what a rule keeps off the desk.")
@click.option("--backlog", "states", flag_value="backlog", help="Only what was there before its feed was added.")
@click.option("--all", "states", flag_value="all", help="Every story.")
@click.option("--week", type=Week(), help="First seen in this week: 2019-W50, this or last.")
@click.option("--since", type=Day(), help="First seen on this day or later.")
@click.option("--feed", metavar="F", help="Told by this feed; may be a glob.")
@click.option("--tag", "term", metavar="T", help="With this tag.")
@click.option("--section", "path", metavar="PATH", help="In, or meant for, this section.")
@click.option("--unannotated", is_flag=True, help="Without commentary.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@JSON
@click.pass_obj
def list_command(session: Session, /, as_json: bool, **options: Any) -> None:
    """List stories, the latest first: those on the desk or in the open issue, unless a filter says otherwise.

    \b
    Example:
      feedhub list --new --tag kubernetes --since 2019-12-09
    """
    found = stories.find(session.db, _filter(session, **options))
    for story in found if as_json else ():
        say_json(story_lines.story_json(story))
    if as_json:
        return
    story_lines.show(found, session.hub.newsletter.timezone)
    filters = [value for name, value in options.items() if name not in ("states", "limit")]
    if options["states"] in (None, "new") and not any(filters):
        _hint_kept(session)
    if not found:
        hint("no story; see: feedhub list --all, feedhub status")


@click.command("search")
@click.argument("query", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, _MOST_FOUND), default=50, show_default=True, help="At most so many.")
@JSON
@click.pass_obj
def search_command(session: Session, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Find stories whose entries, titles or notes have all the words of QUERY; Chinese words of two characters, too.

    tag:T, feed:F, section:PATH and since:DATE narrow it.

    \b
    Example:
      feedhub search 调度 tag:kubernetes since:2019-12-09
    """
    words, narrowed = _narrowed(session, " ".join(query))
    unindexed = search.left(session.db) if words else 0
    if unindexed:
        hint(f"indexing {unindexed} entries of the backlog, once") if unindexed > _MOST_FOUND else None
        search.catch_up(session.db)
    among = tuple(search.stories_with(session.db, words, _MOST_FOUND)) if words else None
    found = stories.find(session.db, Filter(among=among, limit=limit, **narrowed))
    for story in found if as_json else ():
        say_json(story_lines.story_json(story))
    if not as_json:
        story_lines.show(found, session.hub.newsletter.timezone)
    if not found:
        hint("no story has all of these words")


def _hint_kept(session: Session) -> None:
    """Say how much more there is that is not on the desk."""
    hidden, backlog = stories.kept_hidden(session.db), stories.in_backlog(session.db)
    if hidden:
        hint(f"{hidden} more are hidden: feedhub list --hidden")
    if backlog:
        hint(f"{backlog} more are backlog: feedhub list --backlog")


def _filter(session: Session, states: str | None, week: tuple[datetime, datetime] | None, **rest: Any) -> Filter:
    since, until = week or (rest["since"], None)
    if week and rest["since"]:
        raise UsageError("--week and --since exclude each other")
    wanted = {None: _ON_DESK, "all": ()}.get(states, (states,))
    return Filter(
        states=tuple(state for state in wanted if state),
        since=since,
        until=until,
        feed=_feed(session, rest["feed"]),
        tag=_tag(session, rest["term"]),
        section=_section(session, rest["path"]),
        unannotated=rest["unannotated"],
        limit=rest["limit"],
    )


def _feed(session: Session, name: str | None) -> str | None:
    known = feeds.names(session.db) | {feed.name for feed in session.hub.feeds}
    if name and not re.search(r"[*?\[]", name) and name not in known:
        raise UnknownNameError("feed", name, known)
    return name


def _tag(session: Session, term: str | None) -> str | None:
    return marks.term_of(session.hub, term, create=True) if term else None


def _section(session: Session, path: str | None) -> str | None:
    return place_of(session.hub, path, create=not session.hub.newsletter.sections).path if path else None


def _narrowed(session: Session, query: str) -> tuple[str, dict[str, Any]]:
    """Take the `name:value` terms out of a query."""
    reads = {"tag": _tag, "feed": _feed, "section": _section, "since": _since}
    narrowed: dict[str, Any] = {}
    words = []
    for word in re.findall(r'(?:\w+:)?"[^"]*"|\S+', query):
        name, colon, value = word.partition(":")
        if colon and value and name in reads:
            narrowed[name] = reads[name](session, value.strip('"'))
        else:
            words.append(word)
    return " ".join(words), narrowed


def _since(_: Session, text: str) -> datetime:
    return Day().convert(text, None, click.get_current_context())
