"""annotate: commentary, from the command line, a file or $EDITOR."""

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import click

from feedhub.cli.output import hint, moment, say, say_json
from feedhub.cli.params import JSON, NAMES
from feedhub.cli.session import Session
from feedhub.editors import desk, notes
from feedhub.editors.notes import Writing
from feedhub.errors import ChangedMeanwhileError, StorageError, UsageError
from feedhub.model.story import Note, Story
from feedhub.store import stories
from feedhub.text.characters import lines, one_line
from feedhub.text.markup import paragraphs_of

SCISSORS = "------------------------ >8 ------------------------"
_HEAD = re.compile(r"^%% (\d+)\b.*$", re.MULTILINE)


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
        notes.delete(session.desk, numbers, tongue, private=private)
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
        raise _kept(session, error, said or "") from error


def _edit(session: Session, numbers: tuple[int, ...], language: str, private: bool) -> None:
    """Open $EDITOR once for all stories; what was saved is written unless somebody else was faster."""
    before = {number: notes.current(session.desk, number, language, private=private) for number in numbers}
    page = "\n".join(_page(story, before[story.number]) for story in stories.get(session.db, numbers))
    saved = _run_editor(page)
    written = {number: text for number, text in _parse(saved).items() if number in before}
    changed = False
    for number, text in written.items():
        old = before[number]
        if not text or text == (old.text if old else ""):
            continue
        changed = True
        try:
            notes.write(
                session.desk,
                (number,),
                Writing(text, based_on=old.hash if old else notes.NONE),
                language,
                private=private,
            )
        except ChangedMeanwhileError as error:
            raise _kept(session, error, saved) from error
    if not changed:
        hint("nothing was saved, so nothing was changed")


def _page(story: Story, note: Note | None) -> str:
    """Return what the editor sees of a story: the note, a scissors line, the upstream text."""
    upstream = lines(paragraphs_of(story.primary.text))
    head = f"%% {story.number} {one_line(story.title)}"
    about = "(what stands below the line above is upstream's and is not saved)"
    link = one_line(story.primary.link or "")
    return f"{head}\n{note.text if note else ''}\n\n{SCISSORS}\n{about}\n{link}\n\n{_quoted(upstream)}\n"


def _quoted(text: str) -> str:
    """Keep upstream text from looking like the head of another story."""
    return _HEAD.sub(lambda head: f" {head.group()}", text)


def _parse(saved: str) -> dict[int, str]:
    """Return the texts by story: what stands between a story's head and its scissors line."""
    heads = list(_HEAD.finditer(saved))
    ends = [*(head.start() for head in heads[1:]), len(saved)]
    parts = {int(head.group(1)): saved[head.end() : end] for head, end in zip(heads, ends, strict=True)}
    return {number: part.partition(SCISSORS)[0].strip() for number, part in parts.items()}


def _run_editor(page: str) -> str:
    """Let the editor change a private file, and return what it left; UsageError when it failed."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="feedhub-") as folder:
        path = Path(folder) / "note.md"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(page)
        try:
            code = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603 - the user's own $EDITOR
        except OSError as error:
            raise UsageError(
                f"the editor {command[0]!r} cannot be started ({error.strerror}); set EDITOR, or use --text"
            ) from None
        if code != 0:
            raise UsageError(f"the editor {command[0]!r} ended with {code}, so nothing was changed")
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(f"the editor removed its file ({error.strerror}), so nothing was changed") from None


def _kept(session: Session, error: ChangedMeanwhileError, text: str) -> ChangedMeanwhileError:
    """Keep what could not be written in a file, and say where."""
    stamp = session.now.strftime("%Y%m%d-%H%M%S")
    try:
        folder = session.database.parent
        handle, name = tempfile.mkstemp(prefix=f"unsaved-{stamp}-", suffix=".md", dir=folder)
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as trouble:
        raise StorageError(
            f"{trouble.strerror}: your text could not even be kept in {session.database.parent}"
        ) from error
    return ChangedMeanwhileError(f"{error}; what you wrote is in {name}")


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
