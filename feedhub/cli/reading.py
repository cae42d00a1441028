"""list, show and search: looking at stories. Nothing here changes any."""

import re
from datetime import datetime
from typing import Any

import click

from feedhub.cli import lines as story_lines
from feedhub.cli.output import hint, moment, say, say_json
from feedhub.cli.params import JSON, NAME, Day, Week
from feedhub.cli.session import Session
from feedhub.editors import desk, marks, picks
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.document import names
from feedhub.model.places import place_of
from feedhub.model.story import Note, StoredEntry, Story
from feedhub.store import acts, feeds, search, stories
from feedhub.store.stories import Filter
from feedhub.text.characters import lines, one_line
from feedhub.text.markup import clean, paragraphs_of

_ON_DESK = ("new", "shortlisted", "picked")
_MOST_FOUND = 1_000


@click.command("list")
@click.option("--new", "states", flag_value="new", help="Only what nobody decided on yet.")
@click.option("--picked", "states", flag_value="picked", help="Only what is in the open issue.")
@click.option("--shortlist", "states", flag_value="shortlisted", help="Only what is kept in view.")
@click.option("--dropped", "states", flag_value="dropped", help="Only what was put aside.")
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
    kept = stories.in_backlog(session.db) if options["states"] in (None, "new") and not any(filters) else 0
    if kept:
        hint(f"{kept} more are backlog: feedhub list --backlog")
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


@click.command("show")
@NAME
@click.option("--revisions", is_flag=True, help="What its entries said before.")
@click.option("--html", "as_html", is_flag=True, help="The text as HTML, cleaned.")
@JSON
@click.pass_obj
def show_command(session: Session, name: str, revisions: bool, as_html: bool, as_json: bool) -> None:
    """Show a story: its entries, who told it as well, its text, notes and acts.

    \b
    Example:
      feedhub show 12
    """
    number = desk.number(session.reader, name)
    (story,) = stories.get(session.db, [number])
    if as_json:
        say_json(_show_json(session, story))
    elif as_html:
        say(lines(clean(story.primary.text, story.primary.base or story.primary.link)))
    else:
        _show(session, story)
        _show_revisions(session, story, revisions)


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


def _show(session: Session, story: Story) -> None:
    zone = session.hub.newsletter.timezone
    say(f"{story.number}  {one_line(story.title)}")
    facts = [("state", _state(story)), ("section", story.section or "-"), ("tags", ", ".join(story.tags) or "-")]
    for label, value in facts:
        say(f"   {label}: {one_line(value)}")
    for placing in story.placings:
        say(f"   in {placing.label}: {one_line(picks.path_of(session.reader, placing))}, item {placing.position}")
    for stored in story.entries:
        _show_entry(story, stored, session)
    for note in story.notes:
        _show_note(note, session)
    text = lines(paragraphs_of(story.primary.text))
    if text:
        say("\n" + text)
    done = acts.log(session.db, story.number, limit=10)
    if done:
        say()
    for act in done:
        say(f"   act {act.number}  {moment(act.at, zone)}  {one_line(act.editor)}  {one_line(act.command)}")


def _state(story: Story) -> str:
    why = f": {story.reason}" if story.reason else ""
    return f"{story.state}{why}{f' (by {story.decided_by})' if story.decided_by else ''}"


def _show_entry(story: Story, stored: StoredEntry, session: Session) -> None:
    zone, entry = session.hub.newsletter.timezone, stored.entry
    gone = " · gone from its feed" if stored.gone_since else ""
    updated = f"updated {moment(entry.updated, zone)}" if entry.updated else "undated"
    said = f"published {moment(entry.published, zone)}" if entry.published else updated
    by = f" · by {', '.join(names(entry.authors))}" if names(entry.authors) else ""
    seen = f"first seen {moment(stored.first_seen, zone)}"
    say("   " + one_line(f"{story.number}.{stored.part} {stored.feed} · {said}{by} · {seen}{gone}"))
    if stored.part != story.entries[0].part and entry.title and entry.title != story.title:
        say(f"      {one_line(entry.title)}")
    say(f"      {one_line(entry.link or 'no link')}")


def _show_note(note: Note, session: Session) -> None:
    kind = "remark (private)" if note.private else f"note ({note.language})"
    at = moment(note.at, session.hub.newsletter.timezone)
    say(f"\n   {kind} by {one_line(note.editor)}, {at}, hash {note.hash}")
    if note.title:
        say(f"      {one_line(note.title)}")
    for line in lines(note.text).split("\n"):
        say(f"      {line}")


def _show_revisions(session: Session, story: Story, wanted: bool) -> None:
    found = stories.revisions(session.db, story.number)
    if found and not wanted:
        hint(f"{len(found)} earlier revision(s); see: feedhub show {story.number} --revisions")
    for revision in found if wanted else ():
        until = moment(revision.until, session.hub.newsletter.timezone)
        say(f"\n   {story.number}.{revision.part} until {until}")
        say(f"      {one_line(revision.entry.title or 'no title')}")
        say(f"      {one_line(revision.entry.link or 'no link')}")
        for line in lines(paragraphs_of(revision.entry.text)).split("\n"):
            say(f"      {line}")


def _show_json(session: Session, story: Story) -> dict[str, Any]:
    entry = story.primary
    return {
        **story_lines.story_json(story),
        "entries": [_entry_json(story, stored) for stored in story.entries],
        "revisions": [
            {"entry": f"{story.number}.{old.part}", "until": old.until, **_said_json(old.entry)}
            for old in stories.revisions(session.db, story.number)
        ],
        "text": paragraphs_of(entry.text),
        "html": clean(entry.text, entry.base or entry.link),
        "remarks": {note.language: note.text for note in story.notes if note.private},
        "note_hashes": {note.language: note.hash for note in story.notes if not note.private},
        "log": [
            {"act": act.number, "at": act.at, "editor": act.editor, "command": act.command}
            for act in acts.log(session.db, story.number, limit=1_000)
        ],
    }


def _entry_json(story: Story, stored: StoredEntry) -> dict[str, Any]:
    entry = stored.entry
    return {
        "entry": f"{story.number}.{stored.part}",
        "feed": stored.feed,
        "id": entry.id,
        **_said_json(entry),
        "authors": list(names(entry.authors)),
        "first_seen": stored.first_seen,
        "gone_since": stored.gone_since,
    }


def _said_json(entry: Any) -> dict[str, Any]:
    return {"title": entry.title, "link": entry.link, "published": entry.published, "updated": entry.updated}
