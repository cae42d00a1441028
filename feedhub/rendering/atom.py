"""Editions as an Atom feed (RFC 4287): one entry an issue, the newest first. The home of feedgen."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml import etree

from feedhub.model.feed import Trouble
from feedhub.model.hub import Newsletter
from feedhub.model.issue import Edition, items_of
from feedhub.rendering import html
from feedhub.text.characters import storable

FEED_PATH = "weekly.atom"
HEALTH_PATH = "health.atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def render(editions: Sequence[Edition], newsletter: Newsletter) -> bytes:
    """Return weekly.atom; `editions` are the newest first, at least one. `updated` is that of the newest thing."""
    feed = FeedGenerator()
    feed.register_extension("feedhub", _Links, _EntryLinks, atom=True, rss=False)
    feed.id(newsletter.id)
    feed.title(storable(newsletter.title))
    if newsletter.subtitle:
        feed.subtitle(storable(newsletter.subtitle))
    feed.author({"name": storable(newsletter.title)})
    feed.language(newsletter.language)
    feed.updated(max(edition.updated for edition in editions).replace(microsecond=0))
    feed.generator("feedhub")
    if newsletter.home:
        feed.link(href=newsletter.home, rel="alternate", type="text/html")
        feed.link(href=urljoin(newsletter.home, FEED_PATH), rel="self", type="application/atom+xml")
    if newsletter.hub:
        feed.link(href=newsletter.hub, rel="hub")
    for edition in editions[: newsletter.feed_issues]:
        _add(feed, edition, newsletter.home)
    return bytes(feed.atom_str(pretty=True))


def health(troubles: Sequence[Trouble], newsletter: Newsletter, updated: datetime) -> bytes:
    """Return health.atom: an entry for each trouble with a feed, in the order given."""
    feed = FeedGenerator()
    feed.id(f"{newsletter.id}/health")
    feed.title(f"{storable(newsletter.title)}: feeds in trouble")
    feed.author({"name": "feedhub"})
    feed.updated(updated.replace(microsecond=0))
    feed.generator("feedhub")
    if newsletter.home:
        feed.link(href=urljoin(newsletter.home, HEALTH_PATH), rel="self", type="application/atom+xml")
    for trouble in troubles:
        entry = feed.add_entry(order="append")
        entry.id(f"{newsletter.id}/health/{trouble.feed}/{trouble.kind}/{trouble.since:%Y%m%dT%H%M%SZ}")
        entry.title(storable(f"{trouble.feed}: {trouble.kind}"))
        entry.updated(trouble.since.replace(microsecond=0))
        entry.content(storable(trouble.says), type="text")
    return bytes(feed.atom_str(pretty=True))


def _add(feed: FeedGenerator, edition: Edition, home: str | None) -> None:
    entry = feed.add_entry(order="append")
    entry.id(edition.uid)
    entry.title(storable(edition.title))
    entry.published(edition.published.replace(microsecond=0))
    entry.updated(edition.updated.replace(microsecond=0))
    for name in dict.fromkeys(credit.name for credit in edition.credits if credit.role == "author"):
        entry.author({"name": storable(name)})
    items = items_of(edition.parts)
    for term in dict.fromkeys(tag for item in items for tag in item.tags):
        entry.category({"term": storable(term)})
    entry.summary(storable("；" if edition.language.startswith("zh") else "; ").join(item.title for item in items[:3]))
    entry.content(storable(html.fragment(edition)), type="html")
    entry.feedhub.language = edition.language
    if home:
        page = urljoin(home, f"issues/{edition.slug}/issue.md")
        entry.feedhub.links.append({"rel": "alternate", "href": page})
    for item in items:
        if item.link:
            entry.feedhub.links.append({"rel": "related", "href": item.link, "title": storable(item.title)})


class _Links(BaseExtension):  # type: ignore[misc]  # feedgen is not typed
    """feedgen wants an extension of the feed for every one of entries."""


class _EntryLinks(BaseEntryExtension):  # type: ignore[misc]  # feedgen is not typed
    """An entry's links with all their attributes: feedgen 1.0 writes only href (its issue 135)."""

    def __init__(self) -> None:
        self.links: list[dict[str, str]] = []
        self.language: str | None = None

    def extend_atom(self, entry: Any) -> Any:
        """Add what feedgen cannot write; elements have no namespace here, xmlns is added as an attribute later."""
        if self.language:
            entry.set(_XML_LANG, self.language)
        for link in self.links:
            etree.SubElement(entry, "link", link)
        return entry
