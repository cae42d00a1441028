"""Where reading stands in a document: what was found here, and what feedparser would remember of what came before."""

from collections.abc import Callable, Mapping
from typing import Any

from feedhub.reading.swift.names import Element, Names, UnsureError
from feedhub.reading.swift.texts import Scope, Texts

Found = dict[str, Any]
"""What feedparser would have found, under its names."""

NO_TITLE = -1
UNKNOWN_TITLE = -2


class Place:
    """Where reading stands. `ways` has what to do with an element in an entry, by its name, and `known` all names."""

    __slots__ = (
        "depth", "depths", "entries", "found", "has_content", "in_entry", "known", "names", "scope", "texts",
        "title_depth", "ways",
    )  # fmt: skip

    def __init__(self, texts: Texts, scope: Scope, ways: Mapping[str, "Handler"], known: frozenset[str]) -> None:
        self.names = texts.names
        self.texts = texts
        self.scope = scope
        self.known = known
        self.ways = Ways(texts.names, ways)
        self.found: Found = {}
        self.entries: list[Found] = []
        self.in_entry = False
        self.depth = 0
        self.depths: dict[str, int] = {}
        self.title_depth = NO_TITLE
        self.has_content = False

    def store(self, key: str, value: str) -> None:
        """Keep a value; in an entry, not over one that stands further out."""
        if self.in_entry:
            if self.depth > self.depths.get(key, self.depth):
                return
            self.depths[key] = self.depth
        self.found[key] = value


Handler = Callable[[Place, Element], None]


class Ways(dict[str, "Handler | None"]):
    """What to do with each element of a document, by what lxml calls it; None for one to pass over."""

    def __init__(self, names: Names, table: Mapping[str, Handler]) -> None:
        super().__init__()
        self._names = names
        self._table = table

    def __missing__(self, tag: str) -> Handler | None:
        self[tag] = handler = self._table.get(self._names[tag])
        return handler


def pass_over(place: Place, element: Element) -> None:
    """Leave out an element that feedparser knows nothing about, if it knows nothing about what is in it."""
    for inner in element.iterdescendants():
        refuse_known(place, inner)


def refuse_known(place: Place, element: Element) -> None:
    """Raise UnsureError for an element that feedparser has a way with, where that is not known to do no harm."""
    name = place.names[element.tag]
    if name in place.known:
        raise UnsureError(name)


def refuse_inner(_: Place, element: Element) -> None:
    """Raise UnsureError for an element in which there are others."""
    if len(element):
        raise UnsureError(element.tag)
