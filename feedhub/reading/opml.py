"""OPML, the lists of feeds that readers exchange: bytes -> outlines. The home of listparser.

Well-formed lists are read with Expat. A third of those in the wild are not, mostly for a bare & in an address; they are
read with listparser, which copies the folders of each feed and so gets short lists only. Neither resolves an entity.
"""

import codecs
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from feedhub.errors import ReadingError
from feedhub.text.addresses import absolute, is_web, web_address

MOST = 10_000
"""As many feeds of a list are taken."""
_MOST_BYTES = 16 << 20
_DEEPEST = 10
_MOST_BYTES_BROKEN = 1 << 20
_MOST_BROKEN = 4_000

_LONG_TAG = re.compile("<[^<]{65536}")
"""What makes Expat need more memory than the list is long by far: one tag with very many attributes."""
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list: what it is called, where it and its site are, the folders that it lies in, its tags.

    `name` is what feedhub called it, where feedhub wrote the list; `refused` says why it cannot be taken.
    """

    title: str
    url: str
    home: str | None = None
    folders: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    name: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of feeds, in its order; `broken` says where it is not well-formed, `left_out` how many were too many."""

    outlines: tuple[Outline, ...]
    broken: str | None = None
    left_out: int = 0


def read(body: bytes) -> Listing:
    """Read a list of feeds; raise ReadingError when it is none, or none that can be read safely."""
    if len(body) > _MOST_BYTES:
        raise ReadingError(f"it is larger than {_MOST_BYTES >> 20} MiB")
    text = _DECLARATION.sub("", _decoded(body), count=1)
    if "<!ENTITY" in text:
        raise ReadingError("it declares entities, which lists of feeds have no use for")
    if _LONG_TAG.search(text):
        raise ReadingError("it has a tag of more than 64 KiB")
    reader = _Reader()
    try:
        reader.read(text)
        broken = None
    except expat.ExpatError as error:
        broken = f"line {error.lineno}: {expat.ErrorString(error.code)}"
        reader = _recovered(text, broken)
    if not reader.is_opml:
        raise ReadingError("this is no OPML")
    return Listing(tuple(reader.outlines), broken, reader.left_out)


@dataclass
class _Reader:
    """What was read so far; `folders` has a name for each open outline, None for those that are feeds."""

    is_opml: bool = False
    outlines: list[Outline] = field(default_factory=list)
    left_out: int = 0
    folders: list[str | None] = field(default_factory=list)

    def read(self, text: str) -> None:
        """Read a well-formed list, whole in one call: Expat 2.5 is quadratic on what comes in pieces."""
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.Parse(text.encode("utf-8", "replace"), True)

    def add(self, said: Mapping[str, str], folders: Iterable[str | None]) -> None:
        """Keep a feed, if it is not one too many."""
        if len(self.outlines) < MOST:
            self.outlines.append(_outline(said, tuple(folder for folder in folders if folder)))
        else:
            self.left_out += 1

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.lower()
        self.is_opml = self.is_opml or name == "opml"
        if name != "outline":
            return
        said = {key.lower(): value.strip() for key, value in attributes.items()}
        is_feed = "xmlurl" in said or said.get("type", "").lower() in ("rss", "atom")
        if is_feed:
            self.add(said, self.folders[:_DEEPEST])
        self.folders.append(None if is_feed else said.get("text") or said.get("title"))

    def _end(self, tag: str) -> None:
        if tag.lower() == "outline":
            self.folders.pop()


def _recovered(text: str, broken: str) -> _Reader:
    """Read a list that is not well-formed as far as possible."""
    if len(text) > _MOST_BYTES_BROKEN or text.lower().count("<outline") > _MOST_BROKEN:
        raise ReadingError(f"it is broken at {broken}; it is too long to be read all the same")
    import listparser  # 50 ms, for lists that are broken

    # As bytes: a text that begins with http:// would be fetched.
    found = listparser.parse(text.encode("utf-8", "replace"))
    reader = _Reader(is_opml=str(found.version).startswith("opml"))
    for feed in found.feeds:
        path = feed.categories[-1] if feed.categories else []
        reader.add({"text": feed.title, "xmlurl": feed.url}, path[:_DEEPEST])
    return reader


def _outline(said: Mapping[str, str], folders: tuple[str, ...]) -> Outline:
    title = said.get("title") or said.get("text") or ""
    url = web_address(said.get("xmlurl", ""))
    paths = [part.strip() for part in said.get("category", "").split(",") if part.strip()]
    path = next((tuple(filter(None, part.split("/"))) for part in paths if "/" in part), ())
    return Outline(
        title=" ".join(title.split()),
        url=url,
        home=absolute(None, said.get("htmlurl", "")),
        folders=folders or path[:_DEEPEST],
        tags=tuple(part for part in paths if "/" not in part),
        name=said.get("feedhub:name"),
        refused=_refusal(url),
    )


def _refusal(url: str) -> str | None:
    """Say why nothing is fetched from an address, or None."""
    if not url:
        return "it has no address"
    if not url.isprintable() or " " in url:
        return "this is no address"
    return None if is_web(url) else "only http and https addresses are visited"


def _decoded(body: bytes) -> str:
    """Return a document as text: by its byte order mark, or as it declares, or as UTF-8."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.removeprefix(mark).decode(encoding, "replace")
    declared = _DECLARED.match(body[:200])
    try:
        return body.decode(declared[1].decode() if declared else "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
