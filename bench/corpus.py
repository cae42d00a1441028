"""Make feeds to measure with: the same bytes for the same arguments, on every machine.

    python bench/corpus.py FOLDER [--feeds 1000] [--revisions 5]

FOLDER/feeds.json lists the media types of the feeds; FOLDER/<revision>/<number> is what a feed says. Revision 0 has
every feed, each later one the 5 % that have news then: one to five new entries at the top, and in a third of them an
edited one.

The shares are those of feeds as we meet them: formats, encodings, windows of 10 to 50 entries, full texts or summaries
only, markup that a sanitiser must remove, and a few planets that repeat what other feeds said.
"""

import argparse
import hashlib
import json
import math
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from html import escape
from pathlib import Path
from random import Random

from prose import html, prose

CHANGED = 0.05
"""The share of the feeds that have news in a revision."""

_NEWEST = datetime(2026, 11, 20, 9, tzinfo=UTC)
_FIRST = 500
"""Serial number of the newest entry in revision 0; a feed's entries are numbered upwards."""
_SOURCES = 20
"""So many feeds are what planets repeat."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of feed a feed is."""

    number: int
    kind: str
    language: str
    encoding: str
    window: int
    is_full: bool
    is_dirty: bool
    has_ids: bool
    is_planet: bool

    @property
    def site(self) -> str:
        """Where its pages are."""
        return f"https://site-{self.number}.example"


@dataclass(frozen=True, slots=True)
class Entry:
    """What a feed says once."""

    id: str
    link: str
    title: str
    author: str
    published: datetime
    updated: datetime
    tags: tuple[str, ...]
    summary: str
    content: str


def shape(number: int) -> Shape:
    """Return what kind of feed the one of a number is."""
    rng = Random(f"feed {number}")
    language = rng.choices(("en", "fr", "zh"), (68, 14, 18))[0]
    kind = rng.choices(("rss", "atom", "rdf", "json"), (60, 31, 5, 4))[0]
    others = {"en": (), "fr": ("iso-8859-1",) * 3 + ("windows-1252",) * 2, "zh": ("gb18030",) * 3}[language]
    encoding = rng.choice((*others, *["utf-8"] * 7))
    return Shape(
        number,
        kind,
        language,
        encoding="utf-8" if kind == "json" else encoding,
        window=round(rng.triangular(10, 50, 17)),
        is_full=rng.random() < 0.65,
        is_dirty=rng.random() < 0.25,
        has_ids=rng.random() < 0.94,
        is_planet=number >= _SOURCES and rng.random() < 0.04,
    )


def entry(kind: Shape, serial: int, edits: int = 0) -> Entry:
    """Return a feed's entry of a number, after so many edits of it."""
    rng = Random(f"entry {kind.number} {serial}")
    if kind.is_planet:
        source, told = shape(rng.randrange(_SOURCES)), _FIRST - rng.randrange(10)
        found = entry(replace(source, is_planet=False), told)
        return replace(found, id=f"planet:{kind.number}:{serial}", link=f"{found.link}?utm_source=planet")
    words = prose(kind.language)
    published = _NEWEST - timedelta(days=(_FIRST - serial) * (1 + kind.number % 9), seconds=rng.randrange(80_000))
    name = hashlib.sha256(f"{kind.number} {serial}".encode()).hexdigest()[:12]
    link = f"{kind.site}/{published:%Y/%m}/{name}"
    edited = f" (edit {edits})" if edits else ""
    size = min(20_000.0, max(800.0, math.exp(rng.gauss(8.2, 0.75))))
    return Entry(
        id=rng.choice((link, f"tag:site-{kind.number}.example,2026:{name}")) if kind.has_ids else "",
        link=link,
        title=words.phrase(rng, 3, 9) + edited,
        author=f"Author {rng.randint(1, 4)}",
        published=published,
        updated=published + timedelta(hours=edits),
        tags=tuple(rng.choice(words.words) for _ in range(rng.randint(0, 4))),
        summary=words.text(rng, rng.randint(120, 500)) + edited,
        content=html(words, rng, size, kind.is_dirty) + edited if kind.is_full else "",
    )


def _field(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>\n" if text else ""


def _rss(kind: Shape, title: str, entries: list[Entry]) -> str:
    items = []
    for one in entries:
        guid = f'<guid isPermaLink="{str(one.id == one.link).lower()}">{one.id}</guid>\n' if one.id else ""
        said = _field("title", one.title) + _field("link", one.link) + guid + _field("dc:creator", one.author)
        said += _field("pubDate", format_datetime(one.published)) + "".join(_field("category", tag) for tag in one.tags)
        whole = f"<content:encoded><![CDATA[{one.content}]]></content:encoded>\n" if one.content else ""
        items.append(f"<item>\n{said}{_field('description', one.summary)}{whole}</item>\n")
    head = f"<title>{title}</title><link>{kind.site}/</link><description>{title}</description>"
    return f'<rss version="2.0" {_MODULES}><channel>{head}\n{"".join(items)}</channel></rss>'


def _rdf(kind: Shape, title: str, entries: list[Entry]) -> str:
    items = []
    for one in entries:
        said = _field("title", one.title) + _field("link", one.link) + _field("description", one.summary)
        said += _field("dc:date", one.published.isoformat()) + _field("content:encoded", one.content)
        items.append(f'<item rdf:about="{escape(one.link)}">\n{said}</item>\n')
    head = f"<title>{title}</title><link>{kind.site}/</link><description>{title}</description>"
    channel = f'<channel rdf:about="{kind.site}/">{head}</channel>'
    return f"<rdf:RDF {_RDF} {_MODULES}>{channel}\n{''.join(items)}</rdf:RDF>"


def _atom(kind: Shape, title: str, entries: list[Entry]) -> str:
    items = []
    for one in entries:
        said = _field("title", one.title) + f'<link href="{escape(one.link)}"/>\n' + _field("id", one.id or one.link)
        said += _field("published", one.published.isoformat()) + _field("updated", one.updated.isoformat())
        said += f"<author>{_field('name', one.author)}</author>\n" + _field("summary", one.summary)
        said += "".join(f'<category term="{tag}"/>\n' for tag in one.tags)
        whole = f'<content type="html">{escape(one.content)}</content>\n' if one.content else ""
        items.append(f"<entry>\n{said}{whole}</entry>\n")
    head = _field("title", title) + _field("id", f"{kind.site}/") + f'<link href="{kind.site}/"/>\n'
    head += _field("updated", entries[0].updated.isoformat())
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{"".join(items)}</feed>'


def _json(kind: Shape, title: str, entries: list[Entry]) -> str:
    items = [
        {
            "id": one.id or one.link,
            "url": one.link,
            "title": one.title,
            "authors": [{"name": one.author}],
            "tags": one.tags,
            "date_published": one.published.isoformat(),
            "content_html" if one.content else "content_text": one.content or one.summary,
        }
        for one in entries
    ]
    head = {"version": "https://jsonfeed.org/version/1.1", "title": title, "home_page_url": kind.site}
    return json.dumps(head | {"items": items}, ensure_ascii=False, indent=1)


_MODULES = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
_FORMATS = {
    "rss": (_rss, "application/rss+xml"),
    "atom": (_atom, "application/atom+xml"),
    "rdf": (_rdf, "application/rdf+xml"),
    "json": (_json, "application/feed+json"),
}


def document(kind: Shape, entries: list[Entry]) -> bytes:
    """Return a feed that says these entries, in its format and encoding."""
    title = prose(kind.language).phrase(Random(kind.number), 2, 5)
    declared = "" if kind.kind == "json" else f'<?xml version="1.0" encoding="{kind.encoding}"?>\n'
    written, _ = _FORMATS[kind.kind]
    return f"{declared}{written(kind, title, entries)}\n".encode(kind.encoding, "xmlcharrefreplace")


def changed(feeds: int, revision: int) -> frozenset[int]:
    """Return which of so many feeds have news in a revision; all have in revision 0."""
    share = CHANGED if revision else 1
    return frozenset(Random(f"revision {revision}").sample(range(feeds), max(1, round(feeds * share))))


def body(feeds: int, revision: int, number: int) -> bytes:
    """Return what a feed says from a revision on."""
    kind, newest, edits = shape(number), _FIRST, dict[int, int]()
    for each in range(1, revision + 1):
        if number in changed(feeds, each):
            rng = Random(f"news {each} {number}")
            if rng.random() < 0.3:
                edits[newest - 2] = edits.get(newest - 2, 0) + 1
            newest += rng.choice((1, 1, 1, 2, 2, 3, 5))
    serials = range(newest, newest - kind.window, -1)
    return document(kind, [entry(kind, serial, edits.get(serial, 0)) for serial in serials])


def build(folder: Path, feeds: int, revisions: int) -> int:
    """Write a corpus; return how many bytes revision 0 has."""
    size = 0
    with ProcessPoolExecutor() as pool:
        for revision in range(revisions + 1):
            numbers = sorted(changed(feeds, revision))
            (folder / str(revision)).mkdir(parents=True, exist_ok=True)
            bodies = pool.map(partial(body, feeds, revision), numbers, chunksize=8)
            for number, said in zip(numbers, bodies, strict=True):
                (folder / str(revision) / str(number)).write_bytes(said)
                size += 0 if revision else len(said)
    kinds = [shape(number) for number in range(feeds)]
    media = [f"{_FORMATS[kind.kind][1]}; charset={kind.encoding}" for kind in kinds]
    (folder / "feeds.json").write_text(json.dumps(media, indent=0), encoding="utf-8")
    return size


def main() -> None:
    """Write a corpus where the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--revisions", type=int, default=5)
    asked = parser.parse_args()
    size = build(asked.folder, asked.feeds, asked.revisions)
    entries = sum(shape(number).window for number in range(asked.feeds))
    print(f"{asked.feeds} feeds, {entries} entries, {size / 1e6:.1f} MB, {asked.revisions} revisions")


if __name__ == "__main__":
    main()
