"""What the authors of other readers' tests expect of a document, and how much of it we deliver.

What we do not deliver is counted and has its reason here; a figure that falls, or a miss of a new kind, fails.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
import suites
from suites import Claim

from feedhub.errors import ReadingError
from feedhub.model.feed import Response
from feedhub.reading import dates, feeds

URL = "http://a.example/"
Case = tuple[str, str, dict[str, str], list[Claim]]
"""A path, the address it came from, what the server said of it, what is expected."""

# Of words that we have none for, one reason does for all of a kind.
NOT_KEPT = {
    "head": "a head has an id, title, link, updated, hub, ttl and language: no texts, people, pictures or rights",
    "entry": "an entry has no rights, pictures, places, chapters, comments, extensions or links but its own and files",
    "source": "a source has an id, title and link",
    "detail": "how a text was written (type, base, language of each, encoding of all) is not kept beside it",
}
# Of words that we have: how often at most what we say is not what was expected, and why.
RELATIVE = "relative addresses start from where the document is (RFC 3986 section 5.1.3), not from the feed's site"
MADE_UP = "titles, links and ids that a document has not are not made up from others that it has"
EXPECTED = {
    "feedparser": {
        "entry.id": (4, "an id that is no address is resolved like one, as feedparser does where it knows the address"),
        "head.language": (4, "of the title alone, or of the answer's Content-Language, which servers send by default"),
        "entry.language": (3, "of a text, where the title is in another language; of Content-Language"),
        "head.title": (3, "CDF, a format of 1997 that feedparser 6 no longer reads"),
        "head.link": (2, "CDF; an address with a scheme that nobody may follow"),
        "head.updated": (2, "CDF"),
        "entry.link": (2, "feedparser fails these itself: of an enclosure without an address"),
        "entry.authors": (1, "name and address in one: we keep them apart"),
        "entry.title": (1, "text of an object element, which markup.text_of leaves out"),
        "entry.summary": (1, "noise"),
        "entry.content": (1, "an address that cleaning writes with escapes"),
        "entry.description": (1, "markup that is broken in another way than its author thought"),
    },
    "gofeed": {
        "head.version": (8, "feedparser's names: rss091u, and rss20 for 2.1; RSS 0.90 under another name"),
        "head.feedVersion": (5, "the same"),
        "entry.source": (2, "documents that are not well-formed by mistake"),
        "head.title": (2, "documents that are not well-formed by mistake"),
        "entry.description": (4, "base64 and CDATA that are text, not HTML, by RFC 4287"),
        "entry.published": (3, "dc:date and modified are when something was updated"),
        "entry.term": (3, "elements in a category; a label where we keep the term beside it"),
        "entry.scheme": (3, "of categories with elements in them, or without a term"),
        "entry.id": (2, "elements in a guid; one that is relative and a permalink"),
        "entry.authors": (1, "elements in an author"),
        "entry.link": (1, "a link that only uri has, which RSS does not know"),
        "entry.type": (1, "a mistake of its author: audio/jpeg"),
        "head.link": (1, "the first link is taken, not the second"),
        "head.language": (1, "elements in a language"),
    },
    "simplepie": {
        "entry.link": (3, f"an enclosure is no link of an entry; {RELATIVE}"),
        "entry.title": (1, "a repeated title: the last counts"),
        "entry.authors": (1, "it expects none where there is one"),
        "head.link": (1, "a relation that is written as an address"),
    },
    "miniflux": {
        "entry.title": (16, MADE_UP),
        "entry.link": (6, f"{MADE_UP}; {RELATIVE}"),
        "head.title": (5, MADE_UP),
        "head.link": (4, MADE_UP),
        "entry.url": (3, f"{RELATIVE}; FeedBurner's own addresses of files"),
        "entry.enclosures": (6, "thumbnails and media:peerLink are no files of an entry"),
        "entry.categories": (6, "those of the feed are not its entries'"),
        "entry.authors": (6, "several authors are several, not one with a comma; addresses are kept apart"),
        "entry.language": (4, "the language of the feed is not repeated in its entries"),
        "entry.date": (1, "the zone is lost in what was extracted from the Go code"),
        "head.language": (1, "an attribute that it takes for none"),
        "head.refused": (1, "the JSON null"),
    },
    "oracle": {
        "entry.id": (319, f"{MADE_UP}; where it is relative, most parsers leave it so"),
        "entry.link": (90, "most leave relative links as they are, take an enclosure's, or FeedBurner's own"),
        "head.title": (29, "base64 that only feedparser decodes; markup, where a title is text to us; encodings"),
        "entry.title": (19, "the same"),
        "entry.date": (11, "days that are none, years that are none, BST, which three of them take for UTC"),
        "head.entries": (10, "documents that others do not read, or in which they find entries that are none, or half"),
    },
}
DELIVERED = {
    "feedparser": (1085, 1734),
    "gofeed": (1013, 1470),
    "simplepie": (298, 443),
    "miniflux": (296, 414),
    "oracle": (8978, 9456),
}
"""How many of the expectations; what is beyond our words is among the others."""


def kind(claim: Claim) -> str:
    """Return in a word what kind of thing was missed."""
    if claim.word.startswith("source."):
        return "source"
    if claim.word.endswith((".type", ".base", ".language")) or claim.word in ("no encoding", "no bozo"):
        return "detail"
    place = "head" if claim.place is None else "entry"
    kept = KEPT[place]
    return f"{place}.{claim.word}" if claim.word in kept else place


KEPT = {
    "head": frozenset("title id link language updated ttl version feedType feedVersion entries format refused".split()),
    "entry": suites.WORDS - {"ttl", "hub", "format"} | {"date", "categories", "enclosures"},
}


def rows(path: Path) -> Iterator[dict]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def manifest(shared: Path, *types: str) -> Iterator[dict]:
    for row in rows(shared / "data/suites/manifest.jsonl"):
        if row["expectation"]["type"] in types and row["kind"] != "opml" and "opml" not in row["path"]:
            yield row


def feedparser(shared: Path) -> Iterator[Case]:
    for row in manifest(shared, "feedparser-eval"):
        headers = {name.lower(): value for name, value in row["expectation"]["headers"].items()}
        served = suites.ELSEWHERE + row["path"].removeprefix("suites/feedparser/")
        url = urljoin(served, headers.pop("content-location", ""))
        yield row["path"], url, headers, list(suites.of_feedparser(row["expectation"]["expr"]))


def gofeed(shared: Path) -> Iterator[Case]:
    for row in manifest(shared, "gofeed-json"):
        expected = json.loads((shared / "data/suites/gofeed" / row["expectation"]["file"]).read_text(encoding="utf-8"))
        yield row["path"], URL, {}, list(suites.of_gofeed(expected))


def simplepie(shared: Path) -> Iterator[Case]:
    for row in manifest(shared, "simplepie-getter"):
        yield row["path"], URL, {}, list(suites.of_simplepie(row["expectation"]))


def miniflux(shared: Path) -> Iterator[Case]:
    for row in manifest(shared, "miniflux-checks"):
        yield row["path"], row["expectation"]["feed_url"] or URL, {}, list(suites.of_miniflux(row["expectation"]))


def oracle(shared: Path) -> Iterator[Case]:
    for row in rows(shared / "data/oracle.jsonl"):
        if (shared / "data" / row["path"]).exists():
            yield row["path"], URL, {}, list(suites.of_oracle(row))


SUITES: list[Callable[[Path], Iterator[Case]]] = [feedparser, gofeed, simplepie, miniflux, oracle]


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.__name__)
def test_what_authors_expect_is_delivered(shared, suite, measured):
    """As much of it as the table says, and nothing is missed but for a reason that it has."""
    expected, missed = 0, Counter()
    for path, url, headers, claims in suite(shared):
        document = suites.read(shared / "data" / path, url, **headers)
        for claim in claims:
            expected += 1
            if kind(claim) in NOT_KEPT or not suites.delivered(document, claim, url):
                missed[kind(claim)] += 1

    measured(json.dumps(missed, indent=1))
    allowed = {what: times for what, (times, _) in EXPECTED[suite.__name__].items()}
    more = {what: times for what, times in missed.items() if what not in NOT_KEPT and times > allowed.get(what, 0)}
    assert more == {}
    delivered, of_all = DELIVERED[suite.__name__]
    assert (expected, max(delivered, expected - missed.total())) == (of_all, expected - missed.total())


# What is refused, by a part of its path.
REFUSED = {
    "CDF and RSS 1.1, which feedparser 6 does not read": ("/cdf/", "/rss11/must/"),
    "no feed: settings, HTML, OPML, what gofeed and miniflux refuse as well": (
        "logback-test", ".html", "subscriptions.xml", "unknown_feed", "invalid.json", "InvalidXml", "InvalidJSON",
        "NullJSON", "UnknownFeed", "FeedNotFound", "reader-lemon24/custom", "_expected.json",
    ),
    "nothing in it, or nothing that begins a feed": (
        "empty.xml", "empty_feed", "empty_document", "version_rdf_090", "feed_missing", "missing_rss", "invalid_xml",
        "unknown_root", "invalid_namespace",
    ),
    "compressed twice, or JSON with comments": ("compressed.xml", "gzipped.xml", ".jsonc"),
}  # fmt: skip


def test_P01_every_document_is_read(shared, measured):
    """It raises nothing but ReadingError, takes less than a second, and has the entries that feedparser finds."""
    counts = {row["path"]: row["n"].get("feedparser") for row in rows(shared / "data/oracle.jsonl")}
    paths = [row["path"] for row in manifest(shared, *MUST_PARSE)]
    same, compared, slowest, refused = 0, 0, 0.0, []
    for path in paths:
        started = time.process_time()
        try:
            found = len(feeds.read(Response(200, URL, {}, (shared / "data" / path).read_bytes())).entries)
        except ReadingError:
            found = 0
            refused.append(path)
        slowest = max(slowest, time.process_time() - started)
        compared += counts.get(path) is not None
        same += found == counts.get(path)

    measured(f"{len(paths)} documents, {same} of {compared} as feedparser, {len(refused)} refused, {slowest:.2f} s")
    parts = tuple(part for each in REFUSED.values() for part in each)
    assert [path for path in refused if not any(part in path for part in parts)] == []
    assert (len(paths) > 4_000, len(refused) <= 50, slowest < 1) == (True, True, True)
    assert same >= 0.97 * compared > 3_000


MUST_PARSE = (
    "parse-only",
    "feedvalidator-event",
    "feedparser-eval",
    "gofeed-json",
    "simplepie-getter",
    "miniflux-checks",
)
UNREADABLE = {
    "Sat, 11 04 2020 08:51:49 +0100": "the 11th of April, or the 4th of November",
    "Nov. 2020": "no day",
    "30.10.23": "the 30th of October 2023, or the 23rd of October 2030",
}


def test_P11_dates_of_miniflux(shared):
    """Those that its tests give a time for have that time; the others are read, but for three that nobody can tell."""
    known = json.loads((shared / "data/suites/miniflux/dates.json").read_text(encoding="utf-8"))

    assert {case["input"]: dates.moment(case["input"]).timestamp() for case in known["exact"]} == {
        case["input"]: case["unix"] for case in known["exact"]
    }
    assert {text for text in known["must_parse"] if dates.moment(text) is None} == set(UNREADABLE)
    assert [text for text in known["must_fail"] if dates.moment(text)] == []


def test_documents_that_attack_are_read_as_their_list_says(shared):
    """Entries, titles, links, dates and categories of those that must be read; the others are refused, or harmless."""
    wrong = {}
    for case in rows(shared / "data/hostile/cases.jsonl"):
        if "file" in case and case["category"] in ("xml", "encoding", "notfeed", "dates", "links", "text", "structure"):
            document = suites.read(
                shared / "data" / case["file"], "https://example.com/feed.xml", content_type=case["content_type"]
            )
            missing = [what for what, wanted, said in suites.of_attack(case["expect"], document) if wanted != said]
            wrong |= {case["id"]: missing} if missing else {}

    # A title is one line, and a no-break space is a space in it.
    assert wrong == {"xml/html-entities": ["titles"]}
