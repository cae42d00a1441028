"""The swift way: RSS, RDF and Atom that are in order, from one tree of lxml, exactly as `syndication` reads them.

Feeds that are not in order, or in an order that feedparser has surprises in, are left to feedparser: nothing here
repairs, and nothing here guesses. The only home of lxml in reading.
"""

import html
import re

from lxml import etree

from feedhub.errors import ReadingError
from feedhub.model.document import Document
from feedhub.model.feed import Response
from feedhub.reading import syndication
from feedhub.reading.bounds import MOST_ATTRIBUTES
from feedhub.reading.swift.bytes import utf8
from feedhub.reading.swift.entries import place_for, read_beside, read_container
from feedhub.reading.swift.names import Element, Names, UnsureError, attributes
from feedhub.reading.swift.place import Place
from feedhub.reading.swift.texts import Scope, Texts, full

_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)
_CROWDED = etree.XPath(f"boolean(//@*[{MOST_ATTRIBUTES + 1}])")
_DEPTH_EXCEEDED = "Excessive depth"

_DECLARED = re.compile(rb"""xmlns:([^\s=<>:]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_VERSIONS = {
    "http://my.netscape.com/rdf/simple/0.9/": "rss090",
    "http://purl.org/rss/1.0/": "rss10",
    "http://www.w3.org/2005/atom": "atom10",
}
_RSS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}


def read(response: Response) -> Document | None:
    """Read a body as `syndication.read` would, or return None where that would be a guess."""
    try:
        body = utf8(response)
        root = etree.fromstring(body, _PARSER)
        if _CROWDED(root):
            raise ReadingError(f"an element has more than {MOST_ATTRIBUTES} attributes")
        if root.getroottree().docinfo.doctype:  # Behind what feedparser takes for the first element, in a comment.
            raise UnsureError("document type")
        return _document(body, root, response.url)
    except UnsureError:
        return None
    except etree.XMLSyntaxError as error:
        if _DEPTH_EXCEEDED in str(error):
            raise ReadingError("the document is nested deeper than 256 elements") from None
        return None


def _document(body: bytes, root: Element, url: str) -> Document:
    names = Names(_declared(body, root))
    kind = names.of(root.tag)
    version = _version(root, kind)
    if not url.startswith(("http://", "https://")) or full(url, url) != url:
        raise UnsureError(url)
    scope = Scope(url).of(attributes(root))
    place = place_for(Texts(body, names, version), scope)
    if scope.language and kind != "rdf_rdf":
        place.found["language"] = scope.language
    if kind == "feed":
        read_container(place, root, 2)
    else:
        _read_channel(place, root)
    return syndication.document(place.found, place.entries, version, url)


def _read_channel(place: Place, root: Element) -> None:
    """Read RSS and RDF: a channel, and entries in it or beside it."""
    channel = next((child for child in root if place.names.of(child.tag) == "channel"), None)
    for child in root:
        if child is channel:
            read_container(place, child, 3)
        else:
            read_beside(place, child)


def _version(root: Element, kind: str) -> str:
    """Return feedparser's name of a format: the first namespace that says one counts, but not against `rss`."""
    declared = ((prefix, uri.lower()) for prefix, uri in root.nsmap.items())
    version = next((_VERSIONS[uri] for prefix, uri in declared if uri in _VERSIONS and _says(prefix, uri)), "")
    said = root.get("version", "")
    if kind == "rss" and not version.startswith("rss"):
        return _RSS.get(said) or ("rss20" if said.startswith("2.") else "rss")
    if kind == "feed" and not version.startswith("rss"):
        return version or _ATOM.get(said, "atom")
    if kind == "rdf_rdf" and version.startswith("rss"):
        return version
    raise UnsureError(kind)


def _says(prefix: str | None, uri: str) -> bool:
    return prefix is None or not uri.startswith("http://my.netscape.com")


def _declared(body: bytes, root: Element) -> dict[str, str]:
    """Return the prefixes of a document and their namespaces, where each has but one."""
    declared = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    if body.count(b"xmlns:") <= len(declared):
        return declared
    for prefix, double, single in _DECLARED.findall(body):
        name, uri = (html.unescape(part.decode("utf-8", "replace")) for part in (prefix, double or single))
        if not name.isascii() or declared.setdefault(name, uri) != uri or uri.lower().endswith("1999/xlink"):
            raise UnsureError(name)
    return declared
