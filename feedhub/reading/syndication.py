"""RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, from what feedparser or the swift way found in them."""

import html as entities
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from feedhub.errors import ReadingError
from feedhub.model.document import Category, Document, Enclosure, Entry, Head, Person, Source
from feedhub.model.feed import Response
from feedhub.reading import dates, values
from feedhub.text.addresses import is_web

# RSS 1.0's syndication module: a feed that says only how many times it is updated means in a day.
_DAY = 86_400
_YEAR = 365 * _DAY
_PERIODS = {"hourly": 3_600, "daily": _DAY, "weekly": 7 * _DAY, "monthly": 30 * _DAY, "yearly": _YEAR}
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_END_OF_ENTRY = re.compile(rb"</(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_ROOT = re.compile(rb"<((?:[\w.-]+:)?(?:rss|feed|rdf))[\s>]", re.IGNORECASE)
_CLOSED = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>?\s*$", re.IGNORECASE)
_MARKUP = ("text/html", "application/xhtml+xml")


def read(response: Response) -> Document:
    """Read a body as feedparser does, without its sanitiser; raise ReadingError when there is no feed in it."""
    from feedhub.reading import reference  # 100 ms to import, and most feeds go the swift way

    parsed = reference.parse(response)
    if not parsed.version and not parsed.entries:
        raise ReadingError(_why_not(response, _cause(parsed) if reference.is_broken(parsed) else ""))
    if not parsed.entries and reference.is_broken(parsed) and not _is_closed(response.body):
        raise ReadingError(f"the document is broken: {_cause(parsed)}")
    found = document(parsed.feed, parsed.entries, parsed.version or "unknown", response.url)
    is_cut_off = reference.is_broken(parsed) and _is_cut_off(response.body)
    return _without_half(found, response.body) if is_cut_off else found


def document(feed: Any, found: Sequence[Any], version: str, url: str) -> Document:
    """Return the document of a feed and its entries as feedparser's dictionaries have them, or ones like them."""
    # Who wrote an Atom feed wrote its entries that name nobody (RFC 4287 section 4.2.1).
    usual = _people(feed.get("authors")) if version.startswith("atom") else ()
    entries = tuple(_entry(each, url, version, usual) for each in found[: values.MOST_ENTRIES])
    return Document(_head(feed, url, version), entries, version)


def _why_not(response: Response, cause: str) -> str:
    start = response.body.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "this is an HTML page, not a feed"
    if b"<opml" in start:
        return "this is no feed but a list of feeds (OPML)"
    return f"this is no feed{cause and ': ' + cause}"


def _is_closed(body: bytes) -> bool:
    """Tell whether a document ends as it should: a broken one with no entries may have been cut off before them."""
    return _CLOSED.search(body[-100:].rstrip(b"\0")) is not None


def _is_cut_off(body: bytes) -> bool:
    """Tell whether a document is never closed."""
    root = _ROOT.search(body)
    return root is not None and b"</" + root[1] not in body


def _without_half(document: Document, body: bytes) -> Document:
    """Return a document that was cut off without the entry that the cut went through."""
    is_open = len(_ENTRY.findall(body)) > len(_END_OF_ENTRY.findall(body))
    whole = document.entries[:-1] if is_open else document.entries
    return replace(document, entries=whole, flaw="the document is cut off before its end")


def _cause(parsed: Any) -> str:
    return (values.text(str(parsed.get("bozo_exception", ""))) or "unknown")[:200]


def _head(found: Any, base: str, version: str) -> Head:
    hubs = (link.get("href") for link in found.get("links", ()) if link.get("rel") == "hub")
    return Head(
        id=values.text(found.get("id"), values.LONGEST_ID),
        title=_title(found, version),
        link=values.address(found.get("link"), base),
        updated=_moment(found, "updated"),
        hub=values.address(next(hubs, None), base),
        ttl=_ttl(found),
        language=values.text(found.get("language"), 40),
    )


def _ttl(found: Any) -> int | None:
    """Return for how many seconds a feed says it stays fresh: ttl is in minutes, sy has so many updates a period."""
    minutes = values.whole(found.get("ttl"), most=_YEAR // 60)
    if minutes is not None:
        return minutes * 60
    usual = "daily" if "sy_updatefrequency" in found else ""
    period = _PERIODS.get(str(found.get("sy_updateperiod", usual)).strip().lower())
    times = values.whole(found.get("sy_updatefrequency", "1"), most=_YEAR)
    return period // times if period and times else None


def _entry(found: Any, base: str, version: str, usual: tuple[Person, ...]) -> Entry:
    details = [*found.get("content", ()), found.get("summary_detail") or {}]
    summary, content = _texts(found, details)
    link = values.address(found.get("feedburner_origlink"), base) or values.address(found.get("link"), base)
    return Entry(
        id=values.text(found.get("id") or found.get("dc_identifier"), values.LONGEST_ID),
        title=_title(found, version),
        link=link,
        authors=_people(found.get("authors")) or usual,
        contributors=_people(found.get("contributors")),
        published=_moment(found, "published") or _moment(found, "created"),
        updated=_moment(found, "updated"),
        summary=summary,
        content=content,
        base=_base(details, base, link),
        categories=_categories(found.get("tags", ())),
        enclosures=_enclosures([*found.get("enclosures", ()), *found.get("media_content", ())], base),
        language=values.text(found.get("language"), 40) or _language([found.get("title_detail") or {}, *details]),
        source=_source(found.get("source"), base),
    )


def _moment(found: Any, name: str) -> datetime | None:
    """Return a time; asked with get() for `updated`, feedparser would answer with `published` where it has none."""
    return dates.moment(found[name]) if name in found else None


def _title(found: Any, version: str) -> str | None:
    """Return a title as text: RSS does not say whether its titles are HTML, Atom does (RFC 4287 section 3.1.1)."""
    is_text = version.startswith("atom") and (found.get("title_detail") or {}).get("type") == "text/plain"
    return values.text(found.get("title")) if is_text else values.plain(found.get("title"))


def _texts(found: Any, details: list[Any]) -> tuple[str | None, str | None]:
    """Return summary and content as HTML; a summary that only repeats the content is left out."""
    content = max(map(_as_html, details[:-1]), key=len, default="")
    summary = _as_html(details[-1]) if details[-1] else (found.get("summary") or "")
    if summary == content:
        return None, values.html(content)
    return values.html(summary), values.html(content)


def _as_html(detail: Any) -> str:
    value = detail.get("value") or ""
    return value if detail.get("type") in _MARKUP or "<" in value else entities.escape(value, quote=False)


def _base(details: list[Any], base: str, link: str | None) -> str | None:
    """Return the base of relative links, where xml:base makes it another one than the feed's or the entry's address."""
    other = next((detail["base"] for detail in details if detail.get("base")), None)
    return other if other and other not in (base, link) and is_web(other) else None


def _people(details: Any) -> tuple[Person, ...]:
    """Return people: with their parts as Atom has them, or as a text that has to be taken apart."""
    return values.people(_person(one) for one in (details or ())[: values.MOST_OF_A_KIND])


def _person(found: Any) -> Person | None:
    uri, email = values.text(found.get("href")), values.text(found.get("email"))
    if uri or email:
        return Person(values.plain(found.get("name")) or "", uri, email)
    return values.person(found.get("name"))


def _categories(tags: Any) -> tuple[Category, ...]:
    """Return categories without those that only repeat the term of an earlier one."""
    known: list[Category] = []
    for tag in tags[: values.MOST_OF_A_KIND]:
        scheme, label = values.text(tag.get("scheme")), values.text(tag.get("label"))
        term = values.text(tag.get("term")) or label
        if term and not any(term == other.term and scheme in (None, other.scheme) for other in known):
            known.append(Category(term, scheme, label))
    return tuple(known)


def _enclosures(links: list[Any], base: str) -> tuple[Enclosure, ...]:
    """Return files, each once: enclosures, and what Media RSS says in other words."""
    known: dict[str, Enclosure] = {}
    for link in links[: values.MOST_OF_A_KIND]:
        url = values.address(link.get("href") or link.get("url"), base)
        length = values.whole(link.get("length") or link.get("filesize"))
        if url and url not in known:
            known[url] = Enclosure(url, values.text(link.get("type")), length)
    return tuple(known.values())


def _language(details: list[Any]) -> str | None:
    return next((values.text(detail["language"], 40) for detail in details if detail.get("language")), None)


def _source(found: Any, base: str) -> Source | None:
    if not found:
        return None
    # feedparser takes the page of a source's author for the source's own.
    is_own = not (found.get("authors") or found.get("contributors"))
    link = values.address(found.get("link") or (found.get("href") if is_own else None), base)
    source = Source(values.text(found.get("id"), values.LONGEST_ID), values.plain(found.get("title")), link)
    return source if source != Source() else None
