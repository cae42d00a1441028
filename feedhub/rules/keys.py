"""What a story is about, exactly: entries of different feeds that share a defining key are one story."""

from collections import Counter

from feedhub.model.document import Entry
from feedhub.text import addresses


def page(entry: Entry) -> str | None:
    """Return the canonical link of an entry, or None when it has none that leads to a page."""
    return addresses.page(entry.link) if entry.link else None


def defining(place: str | None, pages: Counter[str | None]) -> str | None:
    """Return the key by which an entry of another feed is the same story: its page; `pages` counts its document's.

    A link that several different entries of one document share, or that leads to a whole site, is no page of its own:
    some feeds link every entry to their front page or to a changelog.
    """
    shared = pages[place] > 1
    return None if place is None or shared or addresses.is_front_page(place) else place
