"""The elements that mean the same in a feed, an entry and a source, read in feedparser's way and kept under its names.

feedparser reads element after element and lets later ones see what earlier ones left behind: which of two links wins,
whether a second text is the summary or the content, what the title is. This does the same, for what occurs in feeds
that are in order; for anything else it raises UnsureError.
"""

import re

from feedhub.reading.swift.names import NONE, Element, UnsureError, attributes
from feedhub.reading.swift.place import UNKNOWN_TITLE, Found, Handler, Place, refuse_inner, refuse_known
from feedhub.reading.swift.texts import XHTML, Scope, full
from feedhub.reading.values import MOST_OF_A_KIND

_HTML = ("html", "xhtml", "text/html", XHTML)
_ITUNES = "http://www.itunes.com/"
_MEDIA = "http://search.yahoo.com/mrss/category_schema"
_REFERENCE = re.compile(r"&([A-Za-z0-9_]+);")


def _any_text(place: Place, element: Element) -> None:
    place.texts.construct(element, place.scope, "text/plain")


def _title(place: Place, element: Element) -> None:
    detail = place.texts.construct(element, place.scope, "text/plain")
    if place.title_depth == UNKNOWN_TITLE:
        raise UnsureError("title")
    if not -1 < place.title_depth <= place.depth:
        place.store("title", detail["value"] or "")
        place.found["title_detail"] = detail
    if detail["value"]:
        place.title_depth = place.depth


def _media_title(place: Place, element: Element) -> None:
    before = place.title_depth
    _title(place, element)
    place.title_depth = before


def _description(place: Place, element: Element) -> None:
    if "summary" in place.found and not place.has_content:
        _content(place, element)
    elif place.in_entry:
        _summarize(place, element, "text/html")
    else:
        _any_text(place, element)


def _summary(place: Place, element: Element) -> None:
    if "summary" in place.found and not place.has_content:
        _content(place, element)
    else:
        _summarize(place, element, "text/plain")


def _summarize(place: Place, element: Element, usual: str) -> None:
    detail = place.texts.construct(element, place.scope, usual)
    place.store("summary", detail["value"] or "")
    place.found["summary_detail"] = detail


def _content(place: Place, element: Element, usual: str = "text/plain") -> None:
    place.has_content = True
    detail = place.texts.construct(element, place.scope, usual)
    place.found.setdefault("content", []).append(detail)
    place.found.setdefault("summary", detail["value"])


def _encoded(place: Place, element: Element) -> None:
    _content(place, element, "text/html")


# links and ids


def _link(place: Place, element: Element) -> None:
    known = attributes(element)
    refuse_inner(place, element)
    scope = place.scope if known is NONE else place.scope.of(known)
    href = known.get("url") or known.get("uri") or known.get("href")
    if href is None and "href" not in known:
        if "url" in known or "uri" in known:
            raise UnsureError(element.tag)
        _written_link(place, element, scope)
        return
    found = known | {"rel": known.get("rel", "alternate"), "href": full(scope.base, href or "")}
    found.setdefault("type", "application/atom+xml" if found["rel"] == "self" else "text/html")
    _keep_link(place, found)
    if found["rel"] == "alternate" and found["type"] in _HTML:
        place.found["link"] = found["href"]


def _written_link(place: Place, element: Element, scope: Scope) -> None:
    written = (element.text or "").strip()
    address = place.texts.repaired(full(scope.base, written)) if written else ""
    if place.in_entry:
        address = address.replace("&amp;", "&")
    if "&" in address:
        address = _REFERENCE.sub(r"&\1", address)
    place.found["link"] = address
    _keep_link(place, {"rel": "alternate", "type": "text/html", **attributes(element), "href": address})


def _keep_link(place: Place, link: Found) -> None:
    if not place.in_entry:
        place.found.setdefault("links", []).append(link)
    elif link["rel"] == "enclosure":
        place.found.setdefault("enclosures", []).append(link)


def _enclosure(place: Place, element: Element) -> None:
    known = attributes(element)
    refuse_inner(place, element)
    href = known.get("url") or known.get("uri") or known.get("href")
    _keep_link(place, {"rel": "enclosure", "href": href, "type": known.get("type"), "length": known.get("length")})


def _id(place: Place, element: Element) -> None:
    known = attributes(element)
    scope = place.scope if known is NONE else place.scope.of(known)
    leads = known.get("ispermalink", "true") == "true"
    refuse_inner(place, element)
    written = (element.text or "").strip()
    value = place.texts.repaired(full(scope.base, written) if leads and written else written)
    place.store("id", value)
    if leads:
        place.found.setdefault("link", value)


# people


def _author(place: Place, element: Element) -> None:
    place.found.setdefault("authors", []).append({})
    author = place.found["authors"][-1]
    if len(element):
        _person(place, element, author)
    elif written := place.texts.leaf(element):
        author["name"] = written


def _contributor(place: Place, element: Element) -> None:
    place.found.setdefault("contributors", []).append({})
    _person(place, element, place.found["contributors"][-1])


def _dc_contributor(place: Place, element: Element) -> None:
    refuse_inner(place, element)
    place.found.setdefault("contributors", []).append({"name": (element.text or "").strip()})


def _person(place: Place, element: Element, person: Found) -> None:
    """Read the parts of a person; text between them would be a name as well."""
    known = attributes(element)
    outer = place.scope if known is NONE else place.scope.of(known)
    if (element.text or "").strip():
        raise UnsureError(element.tag)
    for part in element:
        name = place.names[part.tag]
        written = (part.text or "").strip()
        if (part.tail or "").strip() or len(part):
            raise UnsureError(name)
        if name in ("name", "email", "itunes_name", "itunes_email"):
            person[name.removeprefix("itunes_")] = written
        elif name in ("uri", "url", "homepage"):
            scope = outer.of(attributes(part))
            person["href"] = place.texts.repaired(full(scope.base, written) if written else "")
        elif written:
            raise UnsureError(name)
        else:
            refuse_known(place, part)


# dates and categories


def _published(place: Place, element: Element) -> None:
    place.store("published", place.texts.leaf(element))


def _updated(place: Place, element: Element) -> None:
    place.store("updated", place.texts.leaf(element))


def _created(place: Place, element: Element) -> None:
    place.store("created", place.texts.leaf(element))


def _date(place: Place, element: Element) -> None:
    if attributes(element):
        raise UnsureError("date")
    _updated(place, element)


def _category(place: Place, element: Element) -> None:
    known = attributes(element)
    if known is not NONE:
        _tag(place.found, known.get("term"), known.get("scheme", known.get("domain")), known.get("label"))
    _category_text(place, element)


def _media_category(place: Place, element: Element) -> None:
    known = {"scheme": _MEDIA, **attributes(element)}
    _tag(place.found, known.get("term"), known["scheme"], known.get("label"))
    _category_text(place, element)


def _itunes_category(place: Place, element: Element) -> None:
    _tag(place.found, attributes(element).get("text"), _ITUNES, None)
    _category_text(place, element)


def _category_text(place: Place, element: Element) -> None:
    value = _with_inner_categories(place, element) if len(element) else place.texts.leaf(element)
    tags = place.found.setdefault("tags", [])
    if value and tags and not tags[-1]["term"]:
        tags[-1]["term"] = value
    elif value:
        _tag(place.found, value, None, None)


def _with_inner_categories(place: Place, element: Element) -> str:
    text = [element.text or ""]
    for child in element:
        name = place.names[child.tag]
        if name != "itunes_category":
            raise UnsureError(name)
        _itunes_category(place, child)
        text.append(child.tail or "")
    return place.texts.repaired("".join(text).strip())


def _tag(found: Found, term: str | None, scheme: str | None, label: str | None) -> None:
    tags = found.setdefault("tags", [])
    tag = {"term": term, "scheme": scheme, "label": label}
    # No more than so many are read, and comparing each with all takes long.
    if (term or scheme or label) and len(tags) < MOST_OF_A_KIND and tag not in tags:
        tags.append(tag)


def _itunes_keywords(place: Place, element: Element) -> None:
    _keywords(place, element, _ITUNES)


def _media_keywords(place: Place, element: Element) -> None:
    _keywords(place, element, None)


def _keywords(place: Place, element: Element, scheme: str | None) -> None:
    if attributes(element):
        raise UnsureError(element.tag)
    for term in place.texts.leaf(element).split(","):
        if term.strip():
            _tag(place.found, term.strip(), scheme, None)


def _kept(place: Place, element: Element) -> None:
    """Keep what feedparser knows nothing about, but keeps as text; with attributes it would keep those."""
    name = place.names[element.tag]
    if attributes(element):
        raise UnsureError(name)
    place.store(name, place.texts.leaf(element))


ELEMENTS: dict[str, Handler] = {
    name: handler
    for names, handler in {
        "title dc_title": _title,
        "media_title": _media_title,
        "description dc_description media_description": _description,
        "summary itunes_summary": _summary,
        "content": _content,
        "content_encoded": _encoded,
        "rights copyright dc_rights subtitle tagline itunes_subtitle": _any_text,
        "link": _link,
        "id guid": _id,
        "enclosure": _enclosure,
        "author managingeditor dc_author dc_creator itunes_author": _author,
        "contributor": _contributor,
        "dc_contributor": _dc_contributor,
        "published issued pubdate dcterms_issued": _published,
        "updated modified lastbuilddate dc_date dcterms_modified": _updated,
        "created dcterms_created": _created,
        "date": _date,
        "category keywords dc_subject": _category,
        "media_category": _media_category,
        "itunes_category": _itunes_category,
        "itunes_keywords": _itunes_keywords,
        "media_keywords": _media_keywords,
        "dc_identifier feedburner_origlink ttl sy_updateperiod sy_updatefrequency": _kept,
    }.items()
    for name in names.split()
}
"""What to do with an element, by feedparser's name for it."""
