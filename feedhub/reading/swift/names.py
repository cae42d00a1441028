"""What feedparser calls the elements of a document: it has a prefix for each namespace it knows, whatever it is there.

Here is also which elements it has a way of its own with. Those that it knows nothing about it only keeps beside the
others, and they can be passed over; unless they are called as one of its own fields.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Element: TypeAlias = Any
"""An element of lxml, which has no types; it is imported in swift.py alone."""

XML = "{http://www.w3.org/XML/1998/namespace}"

_PREFIXES = {
    uri.lower(): prefix
    for prefix, uris in {
        "": "http://www.w3.org/2005/Atom http://purl.org/rss/1.0/ http://purl.org/atom/ns# "
        "http://my.netscape.com/rdf/simple/0.9/ http://blogs.law.harvard.edu/tech/rss "
        "http://purl.org/rss/1.0/modules/rss091#",
        "admin": "http://webns.net/mvcb/",
        "cc": "http://web.resource.org/cc/ http://creativecommons.org/ns#license",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "creativecommons": "http://backend.userland.com/creativeCommonsRssModule "
        "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html",
        "dc": "http://purl.org/dc/elements/1.1/",
        "dcterms": "http://purl.org/dc/terms/",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
        "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
        "georss": "http://www.georss.org/georss",
        "gml": "http://www.opengis.net/gml",
        "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd http://example.com/DTDs/PodCast-1.0.dtd",
        "media": "http://search.yahoo.com/mrss http://search.yahoo.com/mrss/",
        "psc": "http://podlove.org/simple-chapters",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "slash": "http://purl.org/rss/1.0/modules/slash/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "thr": "http://purl.org/rss/1.0/modules/threading/",
        "wfw": "http://wellformedweb.org/commentAPI/",
        "xhtml": "http://www.w3.org/1999/xhtml",
        "xlink": "http://www.w3.org/1999/xlink",
        "xml": "http://www.w3.org/XML/1998/namespace",
    }.items()
    for uri in uris.split()
}

_USERLAND = "backend.userland.com/rss"  # Any namespace with this in it is RSS to feedparser.
_ODD_NAMESPACES = ("example.com", "purl.org/echo/", "purl.org/pie/", "uri/of/echo")  # others that it takes for it

# What feedparser reads with rules that are not worth repeating, or that break on what is wrong in it; and names under
# which it keeps what it read, so that an element that is called so would be taken for that.
ODD = frozenset(
    "abstract body channel feed feedburner_browserfriendly fullitem geom georssgeom gml_exterior gml_linearring "
    "gml_linestring gml_point gml_polygon gml_pos gml_poslist info newlocation psc_chapter psc_chapters rdf_rdf rss "
    "svg tags where xhtml_body xhtml_svg "
    "author_detail authors content_detail contributors date_parsed description_detail enclosures entries "
    "issued_parsed links modified_parsed published_parsed publisher_detail subtitle_detail summary_detail "
    "title_detail updated_parsed".split()
)

# Attributes that are read. Those of a namespace that feedparser does not know it takes for the element's own.
_READ = frozenset(
    "about base domain href ispermalink label lang lastmod length mode rel scheme src term text type uri url".split()
)


class UnsureError(Exception):
    """What is read is one for feedparser."""


class Names(dict[str, str]):
    """What feedparser calls an element of one document, by what lxml calls it.

    `declared` has the prefixes of the document and their namespaces. The odd, by name or spelling, raises UnsureError.
    """

    def __init__(self, declared: Mapping[str, str]) -> None:
        super().__init__()
        self._prefixes = dict(_PREFIXES)
        for prefix, uri in declared.items():
            known = _PREFIXES.get(uri.lower())
            name = prefix.lower()
            if name in _PREFIXES.values() and known not in (None, name):
                raise UnsureError(prefix)
            if known is None:
                self._prefixes.setdefault(uri.lower(), "" if _USERLAND in uri.lower() else name)

    def __missing__(self, tag: str) -> str:
        self[tag] = name = self.of(tag)
        if name in ODD:
            raise UnsureError(name)
        return name

    def of(self, tag: str) -> str:
        """Return the name of an element or attribute."""
        uri, _, local = tag.rpartition("}")
        prefix = self._prefix(uri[1:]) if uri else ""
        if not tag.isascii() or ":" in local:
            raise UnsureError(tag)
        return (f"{prefix}_{local}" if prefix else local).lower()

    def _prefix(self, uri: str) -> str:
        if uri.lower() not in self._prefixes:
            if any(odd in uri.lower() for odd in _ODD_NAMESPACES) or len(uri.split()) != 1:
                raise UnsureError(uri)
            self._prefixes[uri.lower()] = ""  # The default namespace here, and none that feedparser knows.
        return self._prefixes[uri.lower()]


NONE: dict[str, str] = {}


def attributes(element: Element) -> dict[str, str]:
    """Return the attributes of an element as feedparser has them: names in lower case, rel and type as well."""
    found = element.items()
    if not found:
        return NONE
    known = {}
    for name, value in found:
        plain = _attribute(name) if name[0] == "{" else name.lower()
        known[plain] = value.lower() if plain in ("rel", "type") else value
    return known


def _attribute(name: str) -> str:
    uri, _, local = name[1:].lower().rpartition("}")
    prefix = _PREFIXES.get(uri)
    if not prefix and local in _READ:
        raise UnsureError(name)
    return f"{prefix or uri}:{local}"
