"""What the rules of feeds.yaml say of an entry: which of them match, and by what they see. Nothing is written here."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from feedhub.model.document import Entry
from feedhub.model.hub import Rule
from feedhub.model.matching import Said
from feedhub.text import terms
from feedhub.text.markup import words_of
from feedhub.text.terms import Sieve, Term

_LONGEST = 100_000
"""So much of an entry's HTML is read, as much as is read for search."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule that matches, and what it saw: `title: CVE-2020-8555`."""

    rule: Rule
    matched: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A rule whose match was read."""

    rule: Rule
    terms: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Rules in their order, and for each field what asks for all of their terms at once."""

    readers: tuple[Reader, ...]
    sieves: Mapping[str, Sieve]


@cache
def read(rules: tuple[Rule, ...]) -> Rulebook:
    """Read rules: once in a run."""
    readers = tuple(Reader(rule, terms.parse(rule.match)) for rule in rules)
    fields: dict[str, list[Term]] = {}
    for reader in readers:
        for term in reader.terms:
            fields.setdefault(term.field, []).append(term)
    return Rulebook(readers, {field: Sieve(asked) for field, asked in fields.items()})


def of_feed(book: Rulebook, feed: str) -> Rulebook:
    """Return the rules that may match what a feed tells: those whose terms on feeds do."""
    seen = book.sieves["feed"].sift([feed]) if "feed" in book.sieves else frozenset()
    readers = (
        reader
        for reader in book.readers
        if all((term.source in seen) != term.negated for term in reader.terms if term.field == "feed")
    )
    return replace(book, readers=tuple(readers))


class Saying:
    """What an entry says, by the fields of terms; what takes time to find out is found out when a rule asks for it."""

    def __init__(self, said: Said, feed: str, tags: Callable[[], Iterable[str]]) -> None:
        self._said = said
        self._feed = feed
        self._tags = tags

    def values(self, field: str, given: Sequence[str] = ()) -> Iterable[str]:
        """Return the values of a field; `given` are tags that rules before gave."""
        match field:
            case "title":
                return (self._said.title or "",)
            case "text":
                return (self._text,)
            case terms.ANYWHERE:
                return (self._said.title or "", self._text)
            case "link":
                return (self._said.link or "",)
            case "feed":
                return (self._feed,)
            case "author":
                return self._authors
            case "key":
                return (*self._said.keys, *self._said.mentions)
            case "tag":
                return (*self._own_tags, *given)
            case "category":
                return [name for one in self._entry.categories for name in (one.term, one.label) if name]
        return (str(getattr(self._entry, field) or ""),)

    @cached_property
    def _entry(self) -> Entry:
        return self._said.entry

    @cached_property
    def _text(self) -> str:
        return words_of(self._entry.text[:_LONGEST])

    @cached_property
    def _authors(self) -> tuple[str, ...]:
        return tuple(person.get("name") or "" for person in json.loads(self._said.authors))

    @cached_property
    def _own_tags(self) -> tuple[str, ...]:
        return tuple(self._tags())


def decide(book: Rulebook, saying: Saying) -> tuple[Hit, ...]:
    """Return the rules that match an entry, in their order; a rule sees the tags that those before it give."""
    hits: list[Hit] = []
    given: list[str] = []
    seen: dict[str, frozenset[str]] = {}
    for reader in book.readers:
        for term in reader.terms:  # A loop, where all() would be shorter: twenty rules on every entry cost half of it.
            found = seen.get(term.field)
            if found is None:
                found = seen[term.field] = book.sieves[term.field].sift(saying.values(term.field, given))
            if (term.source in found) is term.negated:
                break
        else:
            hits.append(Hit(reader.rule, _matched(reader, saying, given)))
            given += reader.rule.tags
            seen.pop("tag", None)
    return tuple(hits)


def _matched(reader: Reader, saying: Saying, given: Sequence[str]) -> str:
    """Return what a rule saw, term by term, or its match where it only asks for what is not there."""
    seen = []
    for term in reader.terms:
        found = None if term.negated else term.found(saying.values(term.field, given))
        if found is not None:
            seen.append(found if term.field == terms.ANYWHERE else f"{term.field}: {found}")
    return "  ".join(seen)[:200] or reader.rule.match
