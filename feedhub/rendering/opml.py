"""OPML 2.0: the feeds of a hub as a list that every reader imports; its folders are the sections of the issue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from feedhub.model.feed import FeedState
from feedhub.model.hub import Hub, in_language
from feedhub.model.places import place_of, section_of
from feedhub.text.characters import storable


@dataclass
class _Folder:
    """What lies in a folder: folders by name, and the lines of feeds."""

    folders: "dict[str, _Folder]" = field(default_factory=dict)
    feeds: list[str] = field(default_factory=list)


def opml(hub: Hub, states: Sequence[FeedState]) -> bytes:
    """Write the feeds, in the order of feeds.yaml; secrets in addresses stay the $NAMEs that stand for them."""
    root = _Folder()
    for section in hub.newsletter.sections:  # The order of the issue; those without feeds are left out.
        root.folders[in_language(section.titles, hub.newsletter.language)] = _Folder()
    for state in states:
        if state.feed.kind == "feed":
            _folder(root, _path(hub, state.feed.section)).feeds.append(_feed(state))
    body = "\n".join(_lines(root, 2))
    head = f"  <head>\n    <title>{escape(storable(hub.newsletter.title))}</title>\n  </head>"
    start = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0" xmlns:feedhub="urn:feedhub:opml">'
    return f"{start}\n{head}\n  <body>\n{body}\n  </body>\n</opml>\n".encode()


def _path(hub: Hub, section: str | None) -> tuple[str, ...]:
    """Return the folders of a section: its title in the newsletter's language, and the groups below it."""
    if not section:
        return ()
    place = place_of(hub, section, create=True)
    title = in_language(section_of(hub, place.section).titles, hub.newsletter.language)
    return (title, *place.groups)


def _folder(root: _Folder, path: tuple[str, ...]) -> _Folder:
    for name in path:
        root = root.folders.setdefault(name, _Folder())
    return root


def _feed(state: FeedState) -> str:
    feed = state.feed
    said = {
        "type": "rss",
        "text": state.title or feed.name,
        "title": state.title or feed.name,
        "xmlUrl": feed.url,
        "htmlUrl": state.home,
        "category": ",".join(tag for tag in feed.tags if not {",", "/"} & set(tag)),
        "feedhub:name": feed.name,
    }
    return _outline(((name, value) for name, value in said.items() if value), "/>")


def _outline(attributes: Iterable[tuple[str, str]], end: str) -> str:
    said = " ".join(f"{name}={quoteattr(storable(value))}" for name, value in attributes)
    return f"<outline {said}{end}"


def _lines(folder: _Folder, depth: int) -> Iterable[str]:
    space = "  " * depth
    yield from (f"{space}{line}" for line in folder.feeds)
    for name, inner in folder.folders.items():
        if inner.feeds or inner.folders:
            yield f"{space}{_outline([('text', name), ('title', name)], '>')}"
            yield from _lines(inner, depth + 1)
            yield f"{space}</outline>"
