"""Entries, sources and what a feed says of itself, read from a tree as feedparser reads them."""

from feedhub.reading.swift.elements import ELEMENTS
from feedhub.reading.swift.names import Element, UnsureError, attributes
from feedhub.reading.swift.place import (
    NO_TITLE,
    UNKNOWN_TITLE,
    Found,
    Handler,
    Place,
    Ways,
    pass_over,
    refuse_inner,
    refuse_known,
)
from feedhub.reading.swift.texts import Scope, Texts
from feedhub.reading.values import MOST_ENTRIES

_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"


def read_container(place: Place, element: Element, depth: int) -> None:
    """Read what a feed or channel holds; its children stand so deep."""
    outer = place.scope
    if element.items():
        known = attributes(element)
        _refuse_cdf(known)
        place.scope = outer.of(known)
    place.depth = depth
    _read_children(place, element, Ways(place.names, FEED))
    place.scope = outer


def read_beside(place: Place, element: Element) -> None:
    """Read what stands beside a channel: entries and pictures, as in RDF."""
    place.depth = 2
    name = place.names[element.tag]
    if name in ("item", "entry", "image", "textinput"):
        FEED[name](place, element)
    else:
        refuse_known(place, element)
        pass_over(place, element)


def place_for(texts: Texts, scope: Scope) -> Place:
    """Return where reading a document begins."""
    return Place(texts, scope, ENTRY, _KNOWN)


def _read_children(place: Place, element: Element, ways: Ways) -> None:
    for child in element:
        handler = ways[child.tag]
        if handler is not None:
            handler(place, child)
        elif len(child):
            pass_over(place, child)


def _item(place: Place, element: Element) -> None:
    if len(place.entries) >= MOST_ENTRIES:
        place.title_depth = UNKNOWN_TITLE
        return
    outer = place.found, place.scope
    found: Found = {}
    place.found, place.depths = found, {}
    place.in_entry, place.title_depth = True, NO_TITLE
    place.depth += 1
    if element.items():
        _about(place, element)
    _read_children(place, element, place.ways)
    place.entries.append(found)
    place.found, place.scope = outer
    place.depth -= 1
    place.in_entry = place.has_content = False


def _about(place: Place, element: Element) -> None:
    known = attributes(element)
    _refuse_cdf(known)
    place.scope = place.scope.of(known)
    about = element.get(_RDF_ABOUT)
    if about:
        place.found["id"] = about


def _refuse_cdf(known: dict[str, str]) -> None:
    """Raise UnsureError for attributes that say in CDF what elements say elsewhere."""
    if "href" in known or "lastmod" in known:
        raise UnsureError("CDF")


# elements that hold others


def _refuse(_: Place, element: Element) -> None:
    raise UnsureError(element.tag)


def _through(place: Place, element: Element) -> None:
    """Read what stands in an element that feedparser does not count as one: media:group."""
    place.depth += 1
    for child in element:
        name = place.names[child.tag]
        if name in _IN_GROUP:
            ENTRY[name](place, child)
        else:
            refuse_known(place, child)
            pass_over(place, child)
    place.depth -= 1


def _media_content(place: Place, element: Element) -> None:
    place.found.setdefault("media_content", []).append(attributes(element))
    if len(element):
        _through(place, element)


def _source(place: Place, element: Element) -> None:
    outer = place.found, place.scope, place.in_entry
    known = attributes(element)
    place.found = found = {"href": known["url"]} if "url" in known else {}
    place.scope, place.in_entry, place.title_depth = place.scope.of(known), False, NO_TITLE
    place.depth += 1
    text = [element.text or ""]
    for child in element:
        _in_source(place, child)
        text.append(child.tail or "")
    place.depth -= 1
    place.found, place.scope, place.in_entry = outer
    title = place.texts.repaired("".join(text).strip())
    place.found["source"] = found | {"title": title} if title else found


def _in_source(place: Place, element: Element) -> None:
    name = place.names[element.tag]
    if name in _IN_SOURCE:
        ENTRY[name](place, element)
    elif (element.text or "").strip():
        raise UnsureError(name)
    else:
        refuse_known(place, element)
        pass_over(place, element)


def _owner(place: Place, element: Element) -> None:
    if place.in_entry or place.texts.version.startswith("atom"):
        raise UnsureError("itunes:owner")
    if any(place.names[part.tag] not in ("itunes_name", "itunes_email", "name", "email") for part in element):
        raise UnsureError("itunes:owner")


def _picture(place: Place, element: Element) -> None:
    """Pass over an image or text input of the feed; its title is one to feedparser."""
    place.title_depth = NO_TITLE
    for child in element:
        name = place.names[child.tag]
        if name not in _IN_PICTURE:
            refuse_known(place, child)
            if "_" not in name:
                raise UnsureError(name)
        refuse_inner(place, child)
        if name == "title" and (child.text or "").strip():
            place.title_depth = place.depth + 1


def _entry_picture(place: Place, element: Element) -> None:
    refuse_inner(place, element)
    place.title_depth = NO_TITLE


def _language(place: Place, element: Element) -> None:
    place.store("language", place.texts.leaf(element))


# What feedparser reads, and nobody here asks for.
_UNASKED = (
    "admin_errorreportsto admin_generatoragent cc_license cloud creativecommons_license dc_publisher "
    "dcterms_valid email expirationdate generator georss_box georss_line georss_point georss_polygon "
    "georss_where height homepage itunes_block itunes_email itunes_explicit itunes_image itunes_link itunes_name "
    "media_credit media_license media_player media_rating media_restriction media_thumbnail name uri url webmaster "
    "width"
)

_BOTH: dict[str, Handler] = {
    **dict.fromkeys(_UNASKED.split(), refuse_inner),
    **ELEMENTS,
    **dict.fromkeys(("language", "dc_language"), _language),
    "itunes_owner": _owner,
    "media_group": _through,
    "media_content": _media_content,
}

ENTRY: dict[str, Handler] = {
    **_BOTH,
    **dict.fromkeys(("textinput", "item", "entry"), _refuse),
    "source": _source,
    "image": _entry_picture,
}
"""What to do with an element in an entry, by feedparser's name for it; feedparser only keeps what is not here."""

FEED: dict[str, Handler] = {
    **_BOTH,
    **dict.fromkeys(("image", "textinput"), _picture),
    **dict.fromkeys(("item", "entry"), _item),
    "source": _refuse,
}
"""As ENTRY has it, for what stands beside the entries."""

_KNOWN = frozenset(ENTRY) | frozenset(FEED)
_IN_PICTURE = frozenset("title link description url href width height name".split())
_IN_GROUP = frozenset(name for name in _BOTH if name.startswith("media_"))
_IN_SOURCE = frozenset(
    "title link id author contributor published updated category rights subtitle dc_date generator".split()
)
