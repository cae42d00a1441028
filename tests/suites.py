"""What the authors of other readers' suites expect of a document, in our words: for test_suites."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from feedhub.errors import ReadingError
from feedhub.model.document import Document
from feedhub.model.feed import Response
from feedhub.model.written import time_text
from feedhub.reading import dates, feeds, values
from feedhub.text.markup import clean, text_of

ELSEWHERE = "http://127.0.0.1:8097/"
"""Where feedparser's own tests are served from."""


@dataclass(frozen=True)
class Claim:
    """What an author expects: of the head (`place` is None) or an entry, in a word of ours or one that we have not."""

    word: str
    wanted: Any
    place: int | None = None


WORDS = frozenset(
    "title id link language updated published ttl summary content description authors email uri contributors term "
    "scheme label url type length entries format source source_link hub".split()
)


def read(path: Path, url: str, **headers: str) -> Document | None:
    """Read a file as if it came from an address; None when it is refused."""
    try:
        return feeds.read(
            Response(200, url, {name.replace("_", "-"): value for name, value in headers.items()}, path.read_bytes())
        )
    except ReadingError:
        return None


def delivered(document: Document | None, claim: Claim, url: str) -> bool:
    """Tell whether a document says what is expected of it."""
    if claim.word == "refused":
        return (document is None) == claim.wanted
    if document is None:
        return False
    if claim.word == "entries":
        return len(document.entries) == claim.wanted
    if claim.word == "format":
        return document.format == claim.wanted
    if claim.word in ("version", "feedVersion"):
        return document.format.endswith(str(claim.wanted).replace(".", ""))
    if claim.word == "feedType":
        return document.format.startswith(claim.wanted)
    if claim.place is not None and claim.place >= len(document.entries):
        return False
    what = document.head if claim.place is None else document.entries[claim.place]
    return any(_same(claim.word, said, claim.wanted) for said in _said(what, claim.word, url)) or (
        claim.wanted in (None, "", 0) and not any(_said(what, claim.word, url))
    )


def _said(what: Any, word: str, url: str) -> list[Any]:
    """Return all that we say under a word."""
    if word in ("authors", "contributors"):
        return [person.name or person.email for person in getattr(what, word)]
    if word in ("email", "uri"):
        return [getattr(person, word) for person in (*what.authors, *what.contributors)]
    if word in ("term", "scheme", "label"):
        return [getattr(category, word) for category in what.categories]
    if word in ("url", "type", "length"):
        return [getattr(file, word) for file in what.enclosures]
    if word in ("summary", "content", "description"):
        return [clean(text, what.base or what.link or url) for text in (what.summary, what.content) if text]
    if word == "date":
        return [what.published, what.updated]
    if word == "ttl":
        return [str(what.ttl // 60) if what.ttl else None]
    if word in ("enclosures", "categories"):
        return [len(getattr(what, word))]
    if word in ("source", "source_link"):
        return [getattr(what.source, "title" if word == "source" else "link", None)]
    return [getattr(what, word)]


def _same(word: str, said: Any, wanted: Any) -> bool:
    if word in ("updated", "published", "date") and said:
        return said.timestamp() == wanted if isinstance(wanted, int) else said == dates.moment(wanted)
    if word == "length":
        return str(said) == str(wanted)
    if word in ("summary", "content", "description"):
        return text_of(said) == text_of(str(wanted)) and _links(said) >= _links(clean(str(wanted)))
    if word in ("title", "source"):
        return said in (values.plain(wanted), values.text(wanted), values.plain(values.plain(wanted)))
    if word in ("language", "ttl"):
        return str(said).lower() == str(wanted).lower()
    return bool(said == wanted or (isinstance(said, str) and isinstance(wanted, str) and said == values.text(wanted)))


def _links(markup: str) -> set[str]:
    return set(re.findall(r'href="([^"]*)"', markup))


# feedparser: Python expressions

_FEEDPARSER = {
    "guid": "id", "author": "authors", "tagline": "subtitle", "category": "term", "lang": "language",
    "published_parsed": "published", "issued": "published", "issued_parsed": "published",
    "updated_parsed": "updated", "date": "updated", "date_parsed": "updated", "modified": "updated",
}  # fmt: skip
_PARTS = {
    "name": "authors", "email": "email", "href": "uri", "url": "uri",
    "term": "term", "scheme": "scheme", "label": "label",
}  # fmt: skip


def of_feedparser(expression: str) -> Iterator[Claim]:
    """Take the parts of an expression that compare a value with a constant."""
    for clause in ast.walk(ast.parse(expression.strip(), mode="eval")):
        if not isinstance(clause, ast.Compare) or not all(isinstance(op, ast.Eq) for op in clause.ops):
            continue
        *lefts, right = [clause.left, *clause.comparators]
        try:
            wanted = ast.literal_eval(right)
        except ValueError:
            continue
        for left in lefts:
            yield from _feedparser_claims(_path(left), wanted)


def _path(node: ast.AST) -> list[Any]:
    match node:
        case ast.Name(name):
            return [name]
        case ast.Attribute(value, name):
            return [*_path(value), name]
        case ast.Subscript(value, ast.Constant(key)):
            return [*_path(value), key]
        case ast.Call(ast.Name("len"), [argument]):
            return [*_path(argument), "len"]
    return ["?"]


def _feedparser_claims(path: list[Any], wanted: Any) -> Iterator[Claim]:
    match path:
        case ["version"]:
            yield Claim("format", wanted)
        case ["entries", "len"]:
            yield Claim("entries", wanted)
        case ["feed", *keys]:
            yield from _feedparser_field(None, keys, wanted)
        case ["entries", int(place), *keys]:
            yield from _feedparser_field(place, keys, wanted)
        case [name, *_]:
            yield Claim(f"no {name}", wanted)


def _feedparser_field(place: int | None, keys: list[Any], wanted: Any) -> Iterator[Claim]:
    if isinstance(wanted, dict):
        for key, value in wanted.items():
            yield from _feedparser_field(place, [*keys, key], value)
        return
    if isinstance(wanted, tuple) and len(wanted) == 9:
        wanted = "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z".format(*wanted)
    first, last = _FEEDPARSER.get(keys[0], keys[0]), keys[-1]
    match keys:
        case [_]:
            word = first
        case ["title_detail" | "summary_detail", "value"] | ["content", _, "value"]:
            word = keys[0].removesuffix("_detail")
        case ["title_detail" | "summary_detail", "language"] | ["content", _, "language"]:
            word = "language"
        case ["author_detail", _] | ["authors", _, _] | ["contributors", _, _] | ["tags", _, _]:
            word = "contributors" if keys[0] == "contributors" and last == "name" else _PARTS[last]
        case ["enclosures", _, _]:
            word = "url" if last == "href" else last
        case ["source", "title" | "link" | "href"]:
            word = "source" if last == "title" else "source_link"
        case _:
            word = f"{keys[0]}.{last}"
    yield Claim(word, wanted, place)


# gofeed: a JSON file beside each document, in the format's own names or in one for all

_GOFEED = {
    "guid": "id", "pubDate": "published", "lastBuildDate": "updated", "author": "authors", "summary": "description",
    "content": "description", "enclosures": "enclosure", "value": "term", "domain": "scheme",
}  # fmt: skip


def of_gofeed(expected: dict[str, Any]) -> Iterator[Claim]:
    """Walk through what gofeed reads; times that are said twice are asked for once."""
    yield from _gofeed(None, {key: value for key, value in expected.items() if key not in ("items", "entries")})
    for place, each in enumerate(expected.get("items") or expected.get("entries") or ()):
        yield from _gofeed(place, each)


def _gofeed(place: int | None, found: dict[str, Any]) -> Iterator[Claim]:
    for key, value in found.items():
        if value in (None, "", [], {}) or key.endswith("Parsed"):
            continue
        for each in value if isinstance(value, list) else [value]:
            yield from _gofeed_value(place, _GOFEED.get(key, key), each)


def _gofeed_value(place: int | None, word: str, value: Any) -> Iterator[Claim]:
    if not isinstance(value, dict):
        people = word == "authors" and values.person(value)
        yield Claim(
            "term" if word == "categories" else "email" if people and not people.name else word,
            (people and (people.name or people.email)) or value,
            place,
        )
    elif word in ("authors", "contributors", "categories", "enclosure"):
        for key, part in value.items():
            yield Claim({"name": word, "href": "uri"}.get(key, _GOFEED.get(key, key)), part, place)
    elif word in ("id", "description"):
        yield Claim(word, value.get("value"), place)
    elif word == "source":
        for key, part in value.items():
            yield Claim({"title": "source", "url": "source_link"}.get(key, f"source.{key}"), part, place)
    elif word == "links" and value.get("rel") == "alternate":
        yield Claim("link", value.get("href"), place)
    else:
        yield Claim(word, value, place)


# SimplePie: a getter and its value; miniflux: paths and their values

_SIMPLEPIE = {
    "getTitle": "title", "getContent": "description", "getDescription": "description", "getDate": "date",
    "getLink": "link", "getPermalink": "link", "getId": "id", "getLanguage": "language",
    "getItemCategoryLabel": "term", "getAuthorName": "authors", "getContributorName": "contributors",
}  # fmt: skip
_OF_ITEM = ("getItemCategoryLabel", "getAuthorName", "getContributorName")


def of_simplepie(expectation: dict[str, Any]) -> Iterator[Claim]:
    """Return what one getter of SimplePie gives."""
    getter = expectation["getter"]
    place = 0 if expectation["object"] == "item0" or getter in _OF_ITEM else None
    yield Claim(_SIMPLEPIE.get(getter, f"no {getter}"), expectation["equals"], place)


_MINIFLUX = {
    "Title": "title", "URL": "link", "SiteURL": "link", "Content": "description", "Author": "authors",
    "Language": "language", "Date": "date", "Enclosures.URL": "url", "Enclosures.Size": "length",
    "Enclosures.MimeType": "type", "len:Enclosures": "enclosures", "len:Tags": "categories",
    "len:Entries": "entries", "TTL": "ttl",
}  # fmt: skip


def of_miniflux(expectation: dict[str, Any]) -> Iterator[Claim]:
    """Return what miniflux's tests check of one document."""
    if "error" in expectation and not expectation["checks"]:
        yield Claim("refused", expectation["error"])
    for check in expectation["checks"]:
        found = re.fullmatch(r"(len:)?(?:Entries\[(\d+)\]\.)?(.*)", check["path"])
        assert found
        name = (found[1] or "") + re.sub(r"\[\d+\]", "", found[3])
        wanted = check["equals"] if "equals" in check else _go_time(check["equals_go_time"])
        yield Claim(_MINIFLUX.get(name, f"no {name}"), wanted, int(found[2]) if found[2] else None)


def _go_time(said: str) -> str:
    months = "January February March April May June July August September October November December".split()
    year, month, day, hour, minute, second, *_ = said.split(", ")
    return (
        f"{year}-{months.index(month.removeprefix('time.')) + 1:02}-{int(day):02}T{hour:0>2}:{minute:0>2}:{second:0>2}Z"
    )


def of_oracle(row: dict[str, Any]) -> Iterator[Claim]:
    """Return what two or more of five parsers agree on."""
    agreed = row["consensus"] or {}
    if agreed.get("n") is not None:
        yield Claim("entries", agreed["n"])
    if agreed.get("title") is not None:
        yield Claim("title", agreed["title"])
    for key, wanted in (agreed.get("first") or {}).items():
        if wanted is not None:
            yield Claim(key, wanted, 0)


def of_attack(expect: dict[str, Any], document: Document | None) -> Iterator[tuple[str, Any, Any]]:
    """Return what a hostile document is expected to say, and what it says."""
    may_be_refused = expect["outcome"] == "reject" or "reject" in expect.get("also_allowed", "")
    if document is None:
        yield "refused", may_be_refused, True
        return
    yield "read", expect["outcome"] != "reject" or "flagged" in expect.get("also_allowed", ""), True
    found = document.entries
    said: dict[str, Any] = {
        "entries": len(found),
        "titles": [entry.title for entry in found],
        "links": [entry.link for entry in found],
        "contents": [entry.text for entry in found],
        "dates": [time_text(at) for at in (entry.published or entry.updated for entry in found) if at],
        "categories": [category.term for entry in found for category in entry.categories],
        "feed_title": document.head.title,
    }
    for what in said.keys() & expect.keys():
        yield what, expect[what], said[what]
    yield "at least", len(found) >= expect.get("min_entries", 0), True
    yield "among them", set(expect.get("titles_include", ())) <= set(said["titles"]), True
