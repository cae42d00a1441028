"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), which feedparser 6 does not read."""

import html as entities
import re
from typing import Any

from feedhub.errors import ReadingError
from feedhub.model.document import Category, Document, Enclosure, Entry, Head, Person
from feedhub.model.feed import Response
from feedhub.reading import dates, values

_VERSION = re.compile(r".*jsonfeed\.org|1(?:\.[01])?$")  # Some write the number alone, where the address should be.


def read(response: Response) -> Document:
    """Read a JSON Feed; raise ReadingError when it is JSON of another kind, or none."""
    found = values.json_of(response.body)
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        raise ReadingError("this JSON is no JSON Feed: it has no items")
    if not _VERSION.match(str(found.get("version", ""))):
        raise ReadingError("this JSON is no JSON Feed: its version is not one of jsonfeed.org")
    items = [item for item in found["items"][: values.MOST_ENTRIES] if isinstance(item, dict)]
    language = values.text(found.get("language"), 40)
    head = Head(
        id=values.text(found.get("feed_url"), values.LONGEST_ID),
        title=values.text(found.get("title")),
        link=values.address(found.get("home_page_url"), response.url),
        hub=next((values.address(hub.get("url"), response.url) for hub in _dicts(found.get("hubs"))), None),
        language=language,
        expired=found.get("expired") is True,
    )
    authors = _people(found)
    version = "json11" if str(found["version"]).rstrip("/").endswith("1.1") else "json1"
    return Document(head, tuple(_entry(item, authors, response.url) for item in items), version)


def _entry(item: dict[str, Any], authors: tuple[Person, ...], base: str) -> Entry:
    link = values.address(item.get("url") or item.get("external_url"), base)
    number = item.get("id")
    return Entry(
        id=values.text(str(number) if isinstance(number, int | float) else number, values.LONGEST_ID),
        title=values.text(item.get("title")),
        link=link,
        authors=_people(item) or authors,
        published=dates.moment(item.get("date_published")),
        updated=dates.moment(item.get("date_modified")),
        summary=_escaped(item.get("summary")),
        content=values.html(item.get("content_html")) or _escaped(item.get("content_text")),
        base=None if link else base or None,
        categories=tuple(Category(term) for term in map(values.text, _list(item.get("tags"))) if term),
        enclosures=tuple(_enclosures(item.get("attachments"), base)),
        language=values.text(item.get("language"), 40),
    )


def _people(found: dict[str, Any]) -> tuple[Person, ...]:
    """Return the authors; version 1.0 had but one."""
    people = _dicts(found.get("authors")) or _dicts([found.get("authors"), found.get("author")])
    return values.people(Person(values.text(one.get("name")) or "", values.text(one.get("url"))) for one in people)


def _enclosures(attachments: object, base: str) -> list[Enclosure]:
    found = ((values.address(file.get("url"), base), file) for file in _dicts(attachments))
    return [
        Enclosure(url, values.text(file.get("mime_type")), values.whole(file.get("size_in_bytes")))
        for url, file in found
        if url
    ]


def _escaped(text: object) -> str | None:
    return values.html(entities.escape(text, quote=False).replace("\n\n", "<p>")) if isinstance(text, str) else None


def _list(found: object) -> list[Any]:
    return found[: values.MOST_OF_A_KIND] if isinstance(found, list) else []


def _dicts(found: object) -> list[dict[str, Any]]:
    return [each for each in _list(found) if isinstance(each, dict)]
