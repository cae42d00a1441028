"""What a story is about, exactly: entries of different feeds that share a defining key are one story."""

from collections import Counter

from feedhub.model.document import Entry
from feedhub.text.addresses import canonical, is_front_page, is_web


def page(entry: Entry) -> str | None:
    """Return the canonical link of an entry, or None when it has none that leads to a page."""
    return canonical(entry.link) if entry.link and is_web(entry.link) else None


def defining(entry: Entry, place: str | None, pages: Counter[str | None]) -> str | None:
    """Return the key by which an entry of another feed is the same story; `pages` counts those of its document.

    A link that several different entries of one document share, or that leads to a whole site, is no page of its own:
    some feeds link every entry to their front page or to a changelog.
    """
    shared = pages[place] > 1
    return None if place is None or shared or is_front_page(entry.link or "") else place
