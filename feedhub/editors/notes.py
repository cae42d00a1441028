"""Notes: what editors say about a story, one for each language, and remarks that stay private."""

from dataclasses import dataclass

from feedhub.editors.desk import Desk
from feedhub.errors import ChangedMeanwhileError, UsageError
from feedhub.model.story import Note
from feedhub.model.written import time_text
from feedhub.store import acts, stories
from feedhub.store.acts import Acting
from feedhub.store.connection import writing
from feedhub.text.characters import storable

LONGEST = 100_000
NONE = ""
"""What a note is based on whose writer saw that there was none."""


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be written; None keeps what is there. `based_on` is the hash of the note that was seen, or NONE."""

    text: str | None = None
    title: str | None = None
    append: bool = False
    based_on: str | None = None


def current(desk: Desk, story: int, language: str, *, private: bool = False) -> Note | None:
    """Return the note for a story's next item."""
    row = stories.note_row(desk.db, story, language, private)
    return stories.note_of(row) if row else None


def write(desk: Desk, numbers: tuple[int, ...], what: Writing, language: str, *, private: bool = False) -> None:
    """Write the same note on stories, in one act.

    It replaces the writer's own note; another editor's only when `based_on` names it, and never one that changed since
    it was looked at: ChangedMeanwhileError.
    """
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for number in numbers:
            put(acting, number, what, language, private=private)
        acting.done("annotate --private" if private else "annotate", numbers)


def delete(desk: Desk, numbers: tuple[int, ...], what: Writing, language: str, *, private: bool = False) -> None:
    """Remove the notes of stories' next items; another editor's only as `write` would replace it."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        for number in numbers:
            row = stories.note_row(desk.db, number, language, private)
            if row is not None:
                _check_base(acting, stories.note_of(row), what)
                acting.remove("notes", row["id"])
        acting.done("annotate --delete", numbers)


def history(desk: Desk, story: int) -> list[Note]:
    """Return what the notes of a story ever said, the latest first."""
    return [stories.note_of(row) for _, row in acts.note_texts(desk.db, story)]


def put(acting: Acting, story: int, what: Writing, language: str, *, private: bool = False) -> None:
    """Write a note as part of an act, as `write` does."""
    if what.text is not None and len(what.text) > LONGEST:
        raise UsageError(f"a note of {len(what.text)} characters is too long; the most is {LONGEST}")
    row = stories.note_row(acting.db, story, language, private)
    if row is not None:
        _check_base(acting, stories.note_of(row), what)
    elif what.based_on:
        raise ChangedMeanwhileError(
            f"story {story} has no note {what.based_on} any more; look again: feedhub show {story}"
        )
    text, title = _clean(what.text), _clean(what.title)
    if row is None:
        values = {"story": story, "language": language, "private": int(private), "text": text or "", "title": title}
        acting.add("notes", values | {"editor": acting.editor, "at": time_text(acting.now)})
        return
    if what.append and text:
        text = f"{row['text']}\n\n{text}" if row["text"] else text
    said = {"text": row["text"] if text is None else text, "title": row["title"] if title is None else title or None}
    if said != {"text": row["text"], "title": row["title"]}:
        acting.change("notes", row["id"], **said, editor=acting.editor, at=time_text(acting.now))


def _check_base(acting: Acting, note: Note, what: Writing) -> None:
    """Refuse to write over what the writer did not see."""
    if what.append or what.based_on == note.hash:
        return
    if what.based_on is None and note.editor == acting.editor:
        return
    who = "you" if note.editor == acting.editor else note.editor
    raise ChangedMeanwhileError(
        f"story {note.story} has a note of {who}, hash {note.hash}; to write over it, add --replace {note.hash}; "
        "to add to it, --append"
    )


def _clean(text: str | None) -> str | None:
    return None if text is None else storable(text).replace("\r\n", "\n").strip()
