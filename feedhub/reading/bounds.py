"""What no reader is given: bodies that cost feedparser or lxml many times more than their size, and mean nothing."""

import re

from feedhub.errors import ReadingError

MOST_ATTRIBUTES = 500
"""Of one element; what they cost grows with their square."""
_MOST_NESTED_ENTITIES = 3

_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{2000,}")
_NESTED_ENTITY = re.compile(rb"""<!ENTITY[^<>&]*&(?!#)""")


def check(body: bytes) -> None:
    """Raise ReadingError for a body that is built to be slow."""
    if any(tag.group().count(b"=") > MOST_ATTRIBUTES for tag in _LONG_TAG.finditer(body)):
        raise ReadingError(f"an element has more than {MOST_ATTRIBUTES} attributes")
    if b"<!ENTITY" in body and len(_NESTED_ENTITY.findall(body)) > _MOST_NESTED_ENTITIES:
        raise ReadingError("its entities are made of other entities")
