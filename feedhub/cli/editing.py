"""$EDITOR: the page that it gets, and what it leaves there. Nothing here touches the database."""

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from feedhub.errors import UsageError
from feedhub.model.story import Story
from feedhub.text.characters import lines, one_line
from feedhub.text.markup import paragraphs_of

_HEAD = "%%"
_SCISSORS = "------------------------ >8 ------------------------"


@dataclass(frozen=True, slots=True)
class Page:
    """What the editor sees: for each story a head, its note, a scissors line, and the upstream text below it.

    `head` and `scissors` are marks that no line of any note or upstream text begins with.
    """

    numbers: tuple[int, ...]
    head: str
    scissors: str
    text: str


def page(stories: Sequence[Story], notes: Mapping[int, str]) -> Page:
    """Write the page for some stories and the notes that they have."""
    upstream = {story.number: lines(paragraphs_of(story.primary.text)) for story in stories}
    said = "\n".join([*notes.values(), *upstream.values()]).split("\n")
    head, scissors = _HEAD, _SCISSORS
    while any(line.startswith(head) for line in said):
        head += "%"
    while any(line.startswith(scissors) for line in said):
        scissors = f"-{scissors}-"
    parts = []
    for story in stories:
        about = [one_line(story.primary.link or "no link"), "", upstream[story.number]]
        note = [notes.get(story.number, ""), "", scissors, "(what stands below the line above is not saved)"]
        parts.append("\n".join([f"{head} {story.number} {one_line(story.title)}", *note, *about]))
    return Page(tuple(story.number for story in stories), head, scissors, "\n\n".join(parts) + "\n")


def read_back(wanted: Page, saved: str) -> dict[int, str]:
    """Return the notes by story, as they were saved; none from an empty page.

    Raise UsageError when the heads are not those of the page: what belongs to which story would be a guess.
    """
    if not saved.strip():
        return {}
    heads: list[str] = []
    parts: list[list[str]] = [[]]
    for line in saved.split("\n"):
        if line.startswith(wanted.head):
            heads.append(line.removeprefix(wanted.head).strip().partition(" ")[0])
            parts.append([])
        else:
            parts[-1].append(line)
    if "".join(parts[0]).strip():
        raise UsageError(f"text stands above the first line that begins with {wanted.head}, so nothing was saved")
    if heads != [str(number) for number in wanted.numbers]:
        raise UsageError(f"the lines that begin with {wanted.head} were changed, so nothing was saved")
    texts = ("\n".join(_above(part, wanted.scissors)).strip() for part in parts[1:])
    return dict(zip(wanted.numbers, texts, strict=True))


def edited(text: str) -> bytes:
    """Let $VISUAL or $EDITOR change a text in a private file, and return what it left; UsageError when it failed."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="feedhub-") as folder:
        path = Path(folder) / "note.md"
        with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        try:
            code = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603 - the user's own editor
        except OSError as error:
            trouble = f"the editor {command[0]!r} cannot be started ({error.strerror}); set EDITOR, or use --text"
            raise UsageError(trouble) from None
        if code != 0:
            raise UsageError(f"the editor {command[0]!r} ended with {code}, so nothing was changed")
        try:
            return path.read_bytes()
        except OSError as error:
            raise UsageError(f"the editor removed its file ({error.strerror}), so nothing was changed") from None


def _above(part: Sequence[str], scissors: str) -> list[str]:
    cut = next((place for place, line in enumerate(part) if line.startswith(scissors)), len(part))
    return list(part[:cut])
