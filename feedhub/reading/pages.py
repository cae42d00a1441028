"""Pages of the web: what one states of itself, as an entry, and what a reader of it reads. Nothing is guessed.

Open Graph, JSON-LD (schema.org), the names that meta elements have, <time datetime>, rel=canonical; WeChat's variables.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from html import escape, unescape

from feedhub.errors import ReadingError
from feedhub.model.document import Entry, Source
from feedhub.model.feed import Response
from feedhub.model.page import Article, Page
from feedhub.reading import dates, discovery, encodings, values, walls
from feedhub.reading.linked import Linked, linked
from feedhub.text.addresses import absolute, host_of
from feedhub.text.links import is_front_page, page
from feedhub.text.markup import Element, article_of, elements

_MOST = 4 << 20
_SELECTOR = "html, base, title, meta, link, time[datetime], a[rel~=author], input[type=password], script:not([src])"
_USER = re.compile(r"(?<=://)[^/?#]*@")
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,40})", re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_WECHAT = re.compile(r"""\bvar (ct|msg_link|nickname) = (?:htmlDecode\()?"([^"\\]*(?:\\.[^"\\]*)*)"\)?;""")
_ESCAPES = re.compile(r"\\x([0-9a-fA-F]{2})")
_HTML = re.compile(r"<(?:html|head|body|title|meta|!doctype html)\b", re.IGNORECASE)
_FEW = 1 << 20

_TITLES = ("og:title", "twitter:title", "citation_title", "dc.title", "dcterms.title")
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "article:published", "datepublished", "citation_date",
    "citation_publication_date", "dc.date", "dc.date.issued", "dcterms.date", "dcterms.created", "parsely-pub-date",
    "sailthru.date", "pubdate", "publishdate", "publish_date", "date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified", "last-modified")
_AUTHORS = ("author", "article:author", "og:article:author", "citation_author", "dc.creator", "parsely-author")


def read(response: Response) -> Page:
    """Read what a page states; raise ReadingError when it is no page, or another one that stands in its place."""
    seen = _seen(response)
    link, addresses = _addresses(seen)
    about, wechat = seen.about, _wechat(seen)
    described = seen.named(("og:description", "description", "twitter:description")) or about.description
    entry = Entry(
        title=seen.named(_TITLES) or about.title or seen.title,
        link=link,
        authors=values.people(map(values.person, _authors(seen, about))),
        published=_published(seen, about) or dates.moment(wechat.get("ct")),
        updated=_date(seen.every(_UPDATED)) or dates.moment(about.updated),
        summary=values.html(escape(described, quote=False)) if described else None,
        language=_language(seen, about),
        source=_source(seen, wechat),
        event=about.event,
    )
    feeds = discovery.named(seen.page.encode(), seen.url)
    return Page(entry, addresses, next(iter(feeds), None))


def article(response: Response) -> Article:
    """Read what a page says to who came for it; raise as `read` does."""
    seen = _seen(response)
    event = seen.about.event
    return Article(seen.text, cancelled=event is not None and event.status == "cancelled")


@dataclass(frozen=True)
class _Seen:
    """A page, parsed: its elements, its text, and where it is."""

    url: str
    page: str
    found: tuple[Element, ...]
    text: str

    @cached_property
    def about(self) -> Linked:
        """What it says in JSON-LD."""
        kind = "application/ld+json"
        return linked([one.text for one in self.found if one.attributes.get("type", "").lower() == kind])

    @property
    def title(self) -> str | None:
        """What stands in its <title>."""
        return next((values.text(one.text) for one in self.found if one.tag == "title"), None)

    def every(self, names: Iterable[str]) -> list[str]:
        """Return what its meta elements say under some names, in the order of the names."""
        said: dict[str, list[str]] = {}
        for one in self.found:
            stated = one.attributes.get("content", "") if one.tag == "meta" else ""
            for attribute in ("property", "name", "itemprop"):
                name = one.attributes.get(attribute, "").strip().lower()
                if stated.strip() and name:
                    said.setdefault(name, []).append(stated)
        return [value for name in names for value in said.get(name, ())]

    def named(self, names: Iterable[str]) -> str | None:
        """Return the first of what it says under some names, as text."""
        return next(filter(None, map(values.plain, self.every(names))), None)


def _seen(response: Response) -> _Seen:
    markup = _text(response)
    if not _HTML.search(markup[:_FEW]):
        kind = response.headers.get("content-type", "").partition(";")[0].strip()
        raise ReadingError(f"it is no HTML page{kind and f' but {kind[:60]}'}")
    found, text = elements(markup, _SELECTOR), article_of(markup)
    if walls.is_deleted(text):
        raise ReadingError(walls.DELETED)
    stands_there = walls.wall(markup, found, text)
    if stands_there:
        raise ReadingError(f"{stands_there} stands before it")
    return _Seen(_USER.sub("", response.url), markup, found, text)


def _text(response: Response) -> str:
    """Return a page's characters: as its mark, its server or its head declares them, else as they most likely are."""
    body = response.body[:_MOST]
    header = _HEADER_CHARSET.search(response.headers.get("content-type", ""))
    meta = _CHARSET.search(body[:4096])
    stated = [header[1] if header else "", meta[1].decode() if meta else ""]
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        stated = [name, *stated] if body.startswith(mark) else stated
    for name in filter(None, stated):
        try:
            # What calls itself GB2312 is GBK, which GB18030 holds (WHATWG Encoding section 4.2).
            codec = codecs.lookup("gb18030" if name.lower() in ("gb2312", "gbk", "gb_2312-80") else name)
            if codec.name == "utf-8" or not _is_text(codec):
                break
            return body.decode(codec.name, "replace")
        except (LookupError, ValueError):  # No such set; or one (punycode, undefined) in which this is no text.
            continue
    guessed = encodings.decoded(replace(response, body=body, headers={}))
    return guessed.body.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace")


def _is_text(codec: codecs.CodecInfo) -> bool:
    """Tell a character set from what Python calls a codec as well (zlib, hex)."""
    return bool(getattr(codec, "_is_text_encoding", True))


def _addresses(seen: _Seen) -> tuple[str | None, tuple[str, ...]]:
    """Return the link that a page is to have, and its other addresses, of those that it states and are believed."""
    base = next((one.attributes.get("href", "") for one in seen.found if one.tag == "base"), "")
    start = absolute(seen.url, base) if base.strip() else seen.url
    rel = [
        one.attributes.get("href", "")
        for one in seen.found
        if one.tag == "link" and "canonical" in one.attributes.get("rel", "").lower().split()
    ]
    stated = [*(rel if len(set(rel)) == 1 else ()), *seen.every(("og:url",))[:1], _wechat(seen).get("msg_link", "")]
    full = [values.address(one.replace("$", "%24"), start) for one in stated if one.strip()]
    believed = [_USER.sub("", one) for one in full if one and _is_believed(one, seen.url)]
    link = values.address(next(iter(believed), seen.url), None)
    return link, tuple(dict.fromkeys(one for one in (seen.url, *believed) if one and one != link))


def _is_believed(stated: str, url: str) -> bool:
    """Tell whether a page may say that it is really elsewhere: on its own site, and not at the site's front page.

    Templates state the front page, or the site that they were copied from, for every page.
    """
    one, other = (host_of(address).removeprefix("www.") for address in (stated, url))
    is_one_site = one == other or one.endswith(f".{other}") or other.endswith(f".{one}")
    return is_one_site and (is_front_page(page(url) or "") or not is_front_page(page(stated) or ""))


def _authors(seen: _Seen, about: Linked) -> list[str]:
    """Return who wrote it, from the first place that says so; addresses (as Facebook wants them) are no names."""
    said = [one for one in seen.every(_AUTHORS) if "://" not in one]
    linked_to = [one.text for one in seen.found if one.tag == "a" and "author" in one.attributes.get("rel", "").split()]
    return list(about.authors) or said or list(dict.fromkeys(linked_to))[: values.MOST_OF_A_KIND]


def _published(seen: _Seen, about: Linked) -> datetime | None:
    found = _date(seen.every(_PUBLISHED[:3])) or dates.moment(about.published) or _date(seen.every(_PUBLISHED))
    return found or _marked_up(seen)


def _marked_up(seen: _Seen) -> datetime | None:
    """Return the time that an element says to be when it was published, or the only time that there is."""
    times = [one.attributes for one in seen.found if one.tag == "time"]
    marked = [
        one.get("datetime", "") for one in times
        if "pubdate" in one or "datepublished" in one.get("itemprop", "").lower().split()
        or {"published", "dt-published"} & set(one.get("class", "").lower().split())
    ]  # fmt: skip
    every = {one.get("datetime", "").strip() for one in times}
    return _date(marked) or (_date(every) if len(every) == 1 else None)


def _date(stated: Iterable[str]) -> datetime | None:
    return next(filter(None, map(dates.moment, stated)), None)


def _language(seen: _Seen, about: Linked) -> str | None:
    html = [one.attributes.get("lang") or "" for one in seen.found if one.tag == "html"]
    stated = [about.language or "", *html, *seen.every(("og:locale", "language"))]
    languages = (one.strip().replace("_", "-") for one in stated)
    return next((one for one in languages if _LANGUAGE.fullmatch(one)), None)


def _source(seen: _Seen, wechat: dict[str, str]) -> Source | None:
    title = values.text(wechat.get("nickname")) or seen.named(("og:site_name", "application-name"))
    return Source(title=title) if title else None


def _wechat(seen: _Seen) -> dict[str, str]:
    """Return what an article of WeChat states in its scripts: when (ct), where (msg_link), and in whose account."""
    if host_of(seen.url) != "mp.weixin.qq.com":
        return {}
    scripts = "\n".join(one.text for one in seen.found if one.tag == "script")
    found = {name: _ESCAPES.sub(lambda code: chr(int(code[1], 16)), value) for name, value in _WECHAT.findall(scripts)}
    return {name: unescape(value) for name, value in found.items()}
