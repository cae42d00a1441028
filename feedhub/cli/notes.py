"""annotate: commentary, from the command line, a file or $EDITOR."""

import os
import tempfile
from typing import Any

import click

from feedhub.cli import editing
from feedhub.cli.output import hint, moment, say, say_json
from feedhub.cli.params import JSON, NAMES
from feedhub.cli.session import Session
from feedhub.editors import desk, notes
from feedhub.editors.notes import Writing
from feedhub.errors import ChangedMeanwhileError, StorageError, UsageError
from feedhub.model.story import Note
from feedhub.store import stories
from feedhub.text.characters import lines, one_line


@click.command("annotate")
@NAMES
@click.option("--text", metavar="T", help="The commentary (Markdown).")
@click.option("--file", "file", type=click.File(encoding="utf-8"), help="Read it from a file, - for stdin.")
@click.option("--append", is_flag=True, help="Add to what is there, whoever wrote it.")
@click.option("--title", metavar="T", help="A title of our own, in the note's language.")
@click.option("--language", metavar="L", help="The note's language (the newsletter's).")
@click.option("--private", is_flag=True, help="A remark that never gets into an edition.")
@click.option("--replace", metavar="HASH", help="Write over another editor's note; `show` tells its hash.")
@click.option("--history", is_flag=True, help="Show all that the note ever said.")
@click.option("--delete", is_flag=True, help="Remove the note.")
@JSON
@click.pass_obj
def annotate_command(
    session: Session, /, names: tuple[str, ...], language: str | None, private: bool, as_json: bool, **options: Any
) -> None:
    """Write the commentary for a story's next item; without --text or --file, in $EDITOR.

    \b
    Example:
      feedhub annotate 12 --text "为什么重要……" --title "稳定为先"
    """
    numbers = desk.numbers(session.desk, names)
    tongue = language or session.hub.newsletter.language
    if options["history"]:
        _history(session, numbers, as_json)
        return
    if options["delete"]:
        notes.delete(session.desk, numbers, Writing(based_on=options["replace"]), tongue, private=private)
    else:
        _write(session, numbers, tongue, private, options)
    for number in numbers:
        _say(number, notes.current(session.desk, number, tongue, private=private), as_json)


def _write(session: Session, numbers: tuple[int, ...], language: str, private: bool, options: dict[str, Any]) -> None:
    text, file, title = options["text"], options["file"], options["title"]
    if text is not None and file is not None:
        raise UsageError("--text and --file exclude each other")
    if text is None and file is None and title is None:
        _edit(session, numbers, language, private)
        return
    said: str | None = file.read() if file is not None else text
    if said is not None and not said.strip() and title is None:
        raise UsageError("the text is empty, so nothing was changed; to remove a note: --delete")
    what = Writing(said, title, options["append"], options["replace"])
    try:
        notes.write(session.desk, numbers, what, language, private=private)
    except ChangedMeanwhileError as error:
        kept = _keep(session, (said or "").encode("utf-8", "replace"))
        raise ChangedMeanwhileError(f"{error}; what you wrote is in {kept}") from error


def _edit(session: Session, numbers: tuple[int, ...], language: str, private: bool) -> None:
    """Open $EDITOR once for all stories; what was saved is written unless somebody else was faster."""
    before = {number: notes.current(session.desk, number, language, private=private) for number in numbers}
    page = editing.page(
        stories.get(session.db, numbers), {number: note.text for number, note in before.items() if note}
    )
    saved = editing.edited(page.text)
    try:
        texts = editing.read_back(page, saved.decode("utf-8-sig"))
    except (UsageError, UnicodeDecodeError) as error:
        raise UsageError(f"{error}; what you wrote is in {_keep(session, saved)}") from None
    changed = {number: text for number, text in texts.items() if text and text != _text(before[number])}
    for number, text in changed.items():
        what = Writing(text, based_on=_hash(before[number]))
        try:
            notes.write(session.desk, (number,), what, language, private=private)
        except ChangedMeanwhileError as error:
            raise ChangedMeanwhileError(f"{error}; what you wrote is in {_keep(session, saved)}") from error
    if not changed:
        hint("nothing was saved, so nothing was changed")


def _text(note: Note | None) -> str:
    return note.text if note else ""


def _hash(note: Note | None) -> str:
    return note.hash if note else notes.NONE


def _keep(session: Session, text: bytes) -> str:
    """Keep what could not be written in a file beside the database, and return its name."""
    stamp = session.now.strftime("%Y%m%d-%H%M%S")
    try:
        handle, name = tempfile.mkstemp(prefix=f"unsaved-{stamp}-", suffix=".md", dir=session.database.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
    except OSError as trouble:
        folder = session.database.parent
        raise StorageError(f"{folder}: your text could not even be kept there ({trouble.strerror})") from None
    return name


def _history(session: Session, numbers: tuple[int, ...], as_json: bool) -> None:
    for note in (note for number in numbers for note in notes.history(session.desk, number)):
        if as_json:
            said = {"language": note.language, "private": note.private, "title": note.title, "text": note.text}
            say_json({"number": note.story, "at": note.at, "editor": note.editor, "hash": note.hash, **said})
            continue
        at, kind = moment(note.at, session.hub.newsletter.timezone), " private" if note.private else ""
        say(f"{note.story}  {at}  {one_line(note.editor)}  {note.language}{kind}  {note.hash}")
        say(lines(note.text) + "\n")


def _say(number: int, note: Note | None, as_json: bool) -> None:
    if as_json:
        said = {"language": note.language, "title": note.title, "text": note.text, "hash": note.hash} if note else {}
        say_json({"number": number, "note": said or None})
    elif note is None:
        hint(f"{number} has no such note")
    else:
        kind = "private remark" if note.private else "note"
        hint(f"{number} has a {kind} of {len(note.text)} characters, hash {note.hash}")
