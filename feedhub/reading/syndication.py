"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, through feedparser: its only home."""

import html as entities
import io
import re
import warnings
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.sax import SAXException

import feedparser

from feedhub.errors import ReadingError
from feedhub.model.document import Category, Document, Enclosure, Entry, Head, Person, Source
from feedhub.model.feed import Response
from feedhub.reading import values
from feedhub.text.addresses import is_web

# RSS 2.0's way to write an author. feedparser cuts addresses whose last part is longer than four letters (.cloud).
_MAIL = re.compile(r"([^\s()<>@]+@[^\s()<>@]+)\s*\(([^()]*)\)")
_MARKUP = ("text/html", "application/xhtml+xml")


def read(response: Response) -> Document:
    """Read a body as feedparser does, without its sanitiser; raise ReadingError when there is no feed in it."""
    parsed = _parse(response)
    if not parsed.version and not parsed.entries:
        raise ReadingError(_why_not(response, parsed))
    if not parsed.entries and isinstance(parsed.get("bozo_exception"), SAXException):
        raise ReadingError(f"the document is broken: {_cause(parsed)}")
    version = parsed.version or "unknown"
    entries = tuple(_entry(found, response.url, version) for found in parsed.entries[: values.MOST_ENTRIES])
    if version.startswith("atom"):  # Who wrote the feed wrote its entries that name nobody (RFC 4287 section 4.2.1).
        authors = _people(parsed.feed.get("authors"), None)
        entries = tuple(entry if entry.authors else replace(entry, authors=authors) for entry in entries)
    return Document(_head(parsed.feed, response.url, version), entries, version)


def _parse(response: Response) -> Any:
    # Given bytes, feedparser takes them for a file name first; given headers in capitals, it does not see them.
    headers = {"content-type": response.headers.get("content-type", ""), "content-location": response.url}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return feedparser.parse(
                io.BytesIO(response.body.lstrip()),
                response_headers=headers,
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except Exception as error:
            raise ReadingError(f"feedparser cannot read it: {type(error).__name__}") from error


def _why_not(response: Response, parsed: Any) -> str:
    start = response.body.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "this is an HTML page, not a feed"
    return f"this is no feed{': ' + _cause(parsed) if parsed.bozo else ''}"


def _cause(parsed: Any) -> str:
    return (values.text(str(parsed.get("bozo_exception", ""))) or "unknown")[:200]


def _head(found: Any, base: str, version: str) -> Head:
    links = {link.get("rel"): link.get("href") for link in found.get("links", ())}
    ttl = values.whole(found.get("ttl"), most=525_600)
    return Head(
        id=values.text(found.get("id"), values.LONGEST_ID),
        title=_title(found, version),
        link=values.address(found.get("link"), base),
        updated=_moment(found, "updated"),
        hub=values.address(links.get("hub"), base),
        ttl=ttl * 60 if ttl is not None else None,
        language=values.text(found.get("language"), 40),
    )


def _entry(found: Any, base: str, version: str) -> Entry:
    summary, content = _texts(found)
    link = values.address(found.get("link"), base)
    return Entry(
        id=values.text(found.get("id"), values.LONGEST_ID),
        title=_title(found, version),
        link=link,
        authors=_people(found.get("authors"), found.get("author")),
        contributors=_people(found.get("contributors"), None),
        published=_moment(found, "published"),
        updated=_moment(found, "updated"),
        summary=summary,
        content=content,
        base=_base(found, {base, link}),
        categories=_categories(found.get("tags", ())),
        enclosures=_enclosures(found.get("enclosures", ()), base),
        language=_language(found),
        source=_source(found.get("source"), base),
    )


def _moment(found: Any, name: str) -> datetime | None:
    """Return a time; asked with get() for `updated`, feedparser would answer with `published` where it has none."""
    parsed = f"{name}_parsed"
    known = parsed in found and values.is_readable_date(found.get(name, None))
    return values.moment(found[parsed]) if known else None


def _title(found: Any, version: str) -> str | None:
    """Return a title as text: RSS does not say whether its titles are HTML, Atom does (RFC 4287 section 3.1.1)."""
    is_text = version.startswith("atom") and (found.get("title_detail") or {}).get("type") == "text/plain"
    return values.text(found.get("title")) if is_text else values.plain(found.get("title"))


def _texts(found: Any) -> tuple[str | None, str | None]:
    """Return summary and content as HTML; a summary that only repeats the content is left out."""
    content = max((_as_html(part) for part in found.get("content", ())), key=len, default="")
    detail = found.get("summary_detail")
    summary = _as_html(detail) if detail else (found.get("summary") or "")
    if summary == content:
        summary = "" if content else summary
    return values.html(summary), values.html(content)


def _as_html(detail: Any) -> str:
    value = detail.get("value") or ""
    return value if detail.get("type") in _MARKUP or "<" in value else entities.escape(value, quote=False)


def _base(found: Any, usual: set[str | None]) -> str | None:
    """Return the base of relative links, where xml:base makes it another one than the feed's or the entry's address."""
    details = [*found.get("content", ()), found.get("summary_detail") or {}]
    base = next((detail.get("base") for detail in details if detail.get("base")), None)
    return base if base and base not in usual and is_web(base) else None


def _people(details: Any, name: str | None) -> tuple[Person, ...]:
    plain = values.plain(name)
    mail = _MAIL.fullmatch(plain or "")
    if mail:
        return (Person(mail[2].strip(), email=mail[1]),)
    people = [
        Person(values.plain(one.get("name")) or "", values.text(one.get("href")), _email(one, details))
        for one in (details or ())[: values.MOST_OF_A_KIND]
    ]
    known = tuple(person for person in people if person.name or person.email)
    return known or ((Person(plain),) if plain else ())


def _email(person: Any, people: Any) -> str | None:
    """Return an address; to the last of several authors feedparser gives the first one's, cut."""
    email = values.text(person.get("email"))
    cut = any((other.get("email") or "").startswith(email or "-") and other.get("email") != email for other in people)
    return None if cut else email


def _categories(tags: Any) -> tuple[Category, ...]:
    found = ((values.text(tag.get("term")), tag) for tag in tags[: values.MOST_OF_A_KIND])
    return tuple(
        Category(term, values.text(tag.get("scheme")), values.text(tag.get("label"))) for term, tag in found if term
    )


def _enclosures(links: Any, base: str) -> tuple[Enclosure, ...]:
    found = ((values.address(link.get("href"), base), link) for link in links[: values.MOST_OF_A_KIND])
    return tuple(
        Enclosure(url, values.text(link.get("type")), values.whole(link.get("length"))) for url, link in found if url
    )


def _language(found: Any) -> str | None:
    details = [found.get("title_detail") or {}, *found.get("content", ()), found.get("summary_detail") or {}]
    return next((values.text(detail["language"], 40) for detail in details if detail.get("language")), None)


def _source(found: Any, base: str) -> Source | None:
    if not found:
        return None
    link = values.address(found.get("link") or found.get("href"), base)
    return Source(values.text(found.get("id"), values.LONGEST_ID), values.plain(found.get("title")), link)
