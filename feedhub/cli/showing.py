"""show: all of a story. Nothing here changes any."""

from typing import Any

import click

from feedhub.cli import lines as story_lines
from feedhub.cli import revisions as story_revisions
from feedhub.cli.output import hint, moment, say, say_json
from feedhub.cli.params import JSON, NAME
from feedhub.cli.session import Session
from feedhub.editors import desk, picks
from feedhub.model.document import Entry, names
from feedhub.model.story import Note, StoredEntry, Story
from feedhub.model.written import to_json
from feedhub.store import acts, references, stories, watches
from feedhub.text.characters import lines, one_line
from feedhub.text.markup import clean, paragraphs_of


@click.command("show")
@NAME
@click.option("--revisions", is_flag=True, help="What its entries said before, and what changed, word by word.")
@click.option("--html", "as_html", is_flag=True, help="The text as HTML, cleaned.")
@JSON
@click.pass_obj
def show_command(session: Session, name: str, revisions: bool, as_html: bool, as_json: bool) -> None:
    """Show a story: its entries, who told it as well, its text, notes and acts, and which stories may be the same.

    \b
    Example:
      feedhub show 12 --revisions
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


def _show(session: Session, story: Story) -> None:
    zone = session.hub.newsletter.timezone
    say(f"{story.number}  {one_line(story.title)}")
    facts = [("state", _state(story)), ("section", story.section or "-"), ("tags", ", ".join(story.tags) or "-")]
    for label, value in facts:
        say(f"   {label}: {one_line(value)}")
    for placing in story.placings:
        where = f"{one_line(picks.path_of(session.reader, placing))}, item {placing.position}"
        say(f"   {'already ' if placing.published else ''}in {placing.label}: {where}")
    for until in story.follows:
        say(f"   followed until: {one_line(until)}")
    for one in watches.findings_about(session.db, story.number):
        say(f"   watch {one.number}: {one_line(f'{one.found.says}, since {one.issue}')}")
    _show_suggested(session, story)
    for other in references.see_also(session.db, story.number):
        say(f"   see also {other.story}: {'about' if other.is_about else 'speaks of'} {one_line(other.key)}")
    for stored in story.entries:
        _show_entry(story, stored, session)
    for note in story.notes:
        _show_note(note, session)
    for label, note in stories.published_notes(session.db, story.number):
        _show_note(note, session, label)
    text = lines(paragraphs_of(story.primary.text))
    if text:
        say("\n" + text)
    done = acts.log(session.db, story.number, limit=10)
    if done:
        say()
    for act in done:
        undone = f" (undone by {act.undone_by})" if act.undone_by else ""
        say(f"   act {act.number}  {moment(act.at, zone)}  {one_line(act.editor)}  {one_line(act.command)}{undone}")


def _state(story: Story) -> str:
    if story.state == "hidden":
        return f"hidden: {story.hidden} (by {story.hidden_by})"
    news = story_lines.news(story)
    why = f": {news or story.reason}" if news or story.reason else ""
    return f"{story.state}{why}{f' (by {story.decided_by})' if story.decided_by else ''}"


def _show_suggested(session: Session, story: Story) -> None:
    others = {other.number: other for other in stories.get(session.db, [one.story for one in story.suggested])}
    for one in story.suggested:
        title = one_line(others[one.story].title)
        say(f"   ≈{one.story} {title} ({one.score}: {one_line(one.matched)})")
    if story.suggested:
        hint(f"one story? feedhub merge --suggested {story.number}; two? add --refuse")


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
    facts = [story_revisions.event_text(entry.event, zone) if entry.event else "", entry.status or ""]
    for fact in filter(None, facts):
        say(f"      {one_line(fact)}")


def _show_note(note: Note, session: Session, label: str | None = None) -> None:
    """Print a note; one that an issue was published with stands there to be looked at."""
    kind = "remark (private)" if note.private else f"note ({note.language})"
    at = moment(note.at, session.hub.newsletter.timezone)
    what = f"{kind} in {label}" if label else kind
    say(f"\n   {what} by {one_line(note.editor)}, {at}{'' if label else f', hash {note.hash}'}")
    if note.title:
        say(f"      {one_line(note.title)}")
    for line in lines(note.text).split("\n"):
        say(f"      {line}")


def _show_revisions(session: Session, story: Story, wanted: bool) -> None:
    found = stories.revisions(session.db, story.number)
    if wanted:
        story_revisions.show(story, found, session.hub.newsletter.timezone)
    elif found:
        hint(f"{len(found)} earlier revision(s); see: feedhub show {story.number} --revisions")


def _show_json(session: Session, story: Story) -> dict[str, Any]:
    entry = story.primary
    return {
        **story_lines.story_json(story),
        "entries": [_entry_json(story, stored) for stored in story.entries],
        "revisions": [
            {
                "entry": f"{story.number}.{old.part}",
                "until": old.until,
                **_said_json(old.entry),
                "text": paragraphs_of(old.entry.text),
            }
            for old in stories.revisions(session.db, story.number)
        ],
        "text": paragraphs_of(entry.text),
        "html": clean(entry.text, entry.base or entry.link),
        "remarks": {note.language: note.text for note in story.notes if note.private},
        "note_hashes": {note.language: note.hash for note in story.notes if not note.private},
        "published_notes": [
            {"issue": label, "language": note.language, "title": note.title, "text": note.text}
            for label, note in stories.published_notes(session.db, story.number)
        ],
        "see_also": [
            {"number": one.story, "key": one.key, "is_about": one.is_about}
            for one in references.see_also(session.db, story.number)
        ],
        "watch": [one.number for one in watches.findings_about(session.db, story.number)],
        "merged": acts.numbers_of(session.db, story.number)[1:],
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
        "placed_by": stored.placed_by,
    }


def _said_json(entry: Entry) -> dict[str, Any]:
    said = {"title": entry.title, "link": entry.link, "published": entry.published, "updated": entry.updated}
    return said | {"event": to_json(entry.event) if entry.event else None, "status": entry.status}
