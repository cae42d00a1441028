"""Values that all formats share: text, addresses, numbers. What is wrong becomes None; nothing is ever made up."""

import json
import re
from collections.abc import Iterable
from typing import Any

from feedhub.errors import ReadingError
from feedhub.model.document import Person
from feedhub.text.addresses import absolute, is_plain
from feedhub.text.characters import storable
from feedhub.text.markup import text_of

LONGEST_TITLE = 1_000
LONGEST_ID = 2_000
LONGEST_TEXT = 500_000
MOST_ENTRIES = 5_000
MOST_OF_A_KIND = 50
"""Authors, categories and enclosures of one entry."""


def json_of(body: bytes) -> Any:
    """Return what a body says in JSON; raise ReadingError when it is broken, or nested too deep."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ReadingError(f"the JSON is broken: {' '.join(str(error).split())[:120]}") from None


def mapping(found: object) -> dict[str, Any]:
    """Return a JSON object, empty where there is none."""
    return found if isinstance(found, dict) else {}


def text(value: object, longest: int = LONGEST_TITLE) -> str | None:
    """Return text on one line, cut at a length, or None when there is none."""
    if not isinstance(value, str):
        return None
    return " ".join(storable(value).split())[:longest] or None


def plain(markup: object, longest: int = LONGEST_TITLE) -> str | None:
    """Return what a reader of some HTML reads, as `text` does."""
    if not isinstance(markup, str):
        return None
    if "<" not in markup and "&" not in markup:
        return text(markup[: longest * 20], longest)
    return text(text_of(storable(markup[: longest * 20])), longest)


def html(value: object) -> str | None:
    """Return HTML as it was sent, without what no document may hold, cut at a length."""
    found = storable(value[:LONGEST_TEXT]).strip() if isinstance(value, str) else ""
    return found or None


def address(value: object, base: str | None) -> str | None:
    """Return an http(s) address in full, or None."""
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        return None
    if is_plain(value):
        return value
    return absolute(base, storable(value)) if value.strip() else None


def whole(value: object, most: int = 2**53) -> int | None:
    """Return a whole number from 0, or None."""
    digits = str(value).strip()
    return min(int(digits), most) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None


_MAIL = re.compile(r"[^@]+@[^@]+\.[^@.]+")
_AROUND_MAIL = re.compile(r"[\s()<>,;\"]+|&lt;|&gt;|mailto:")


def person(written: object) -> Person | None:
    """Return who wrote something, from a name, an address or both: RSS has one element for them.

    >>> person("ann@a.example (Ann)") == person("Ann <ann@a.example>") == Person("Ann", email="ann@a.example")
    True
    """
    line = text(written)
    if not line:
        return None
    mail = next((word for word in _AROUND_MAIL.split(line) if _MAIL.fullmatch(word)), None) if "@" in line else None
    if mail:
        line = line.replace(mail, "")
        for empty in ("mailto:", "()", "<>", "&lt;&gt;"):
            line = line.replace(empty, "")
        line = line.strip(" ,;-")
        line = line[1:-1] if line.startswith("(") and line.endswith(")") else line
    return Person(plain(line) or "", email=mail)


def people(found: Iterable[Person | None]) -> tuple[Person, ...]:
    """Return people without those of whom nothing is known, and without whom an earlier one says already."""
    known: list[Person] = []
    for one in found:
        if one and (one.name or one.email or one.uri) and not any(_says(other, one) for other in known):
            known.append(one)
    return tuple(known)


def _says(known: Person, other: Person) -> bool:
    same = not other.name or other.name == known.name
    return same and other.uri in (None, known.uri) and other.email in (None, known.email)
