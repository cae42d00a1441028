"""What a page of the web says of itself."""

from dataclasses import dataclass

from feedhub.model.document import Entry


@dataclass(frozen=True, slots=True)
class Page:
    """A page as an entry: what it states is there, what it does not state is None.

    `addresses` are where else it is, and `feed` is what it calls its feed.
    """

    entry: Entry
    addresses: tuple[str, ...] = ()
    feed: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says to who came for it, as text; `cancelled` is the event that it is about, by what it states."""

    text: str
    cancelled: bool = False
