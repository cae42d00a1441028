"""Recorded series of feed states, polled one after the other: what is new, changed and gone is what the record says."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import feedparser
import pytest
from conftest import SHARED, Reply
from lxml import etree
from polling import told

from feedhub.model.document import Document
from feedhub.model.feed import Feed, Fetched, Response
from feedhub.reading.feeds import read
from feedhub.rules import identity
from feedhub.store import feeds

DAY = datetime(2020, 1, 1, tzinfo=UTC)
TYPES = {".xml": "application/xml", ".atom": "application/atom+xml"}


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def recorded() -> dict[str, list[dict]]:
    """Return the record of every series, or nothing where there is none."""
    path = SHARED / "data/real/series_expect.json"
    if not path.is_file():
        return {}
    return {name: series["polls"] for name, series in json.loads(path.read_text(encoding="utf-8")).items()}


SERIES = recorded()
each_series = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in SERIES or ["none is there"]]
)


def polled_at(file: str, stated: str | None) -> datetime:
    """Return when a state was polled: as stated, else as its file is named; a day alone means its noon."""
    if stated:
        time = datetime.fromisoformat(stated)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    digits = re.sub(r"\D", "", re.search(r"\d{8}(T\d{6})?|\d{4}-\d\d-\d\d", Path(file).name)[0])
    return datetime.strptime((digits + "120000")[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)


@dataclass
class Replay:
    """A weekly with one feed, which says what a series said."""

    weekly: object
    server: object
    folder: Path
    times: dict[str, str]

    def poll(self, file: str) -> dict:
        """Serve a state at its time, poll, and return what the poll says of the feed."""
        self.server.replies["/feed"] = Reply(
            (self.folder / file).read_bytes(), headers={"Content-Type": TYPES[Path(file).suffix]}
        )
        self.weekly.now = polled_at(file, self.times.get(file))
        visit, _ = self.weekly.json("poll", "--force")
        return visit

    def stories(self) -> list[dict]:
        """Return every story with its entries."""
        return [self.weekly.json("show", str(story["number"]))[0] for story in self.weekly.json("list", "--all")]


@pytest.fixture
def replay(weekly, server, shared) -> Replay:
    weekly.write(
        f"  - {{name: series, url: '{server.url}/feed', section: 业界要闻}}",
        f"network: {{allow: ['{server.host}']}}\n",
    )
    times = {line["file"]: line.get("poll_time") for line in lines_of(shared / "data/real/index.jsonl")}
    return Replay(weekly, server, shared / "data", times)


def counted(poll: dict) -> dict:
    """Return what a record says that a poll brings."""
    new = poll["new"] if isinstance(poll["new"], int) else len(poll["new"])
    return {"outcome": "fetched", "new": new, "changed": poll["n_changed"], "gone": poll["gone"], "error": None}


def said_nothing(poll: dict) -> bool:
    return not (poll["new"] or poll["n_changed"] or poll["gone"])


@each_series
def test_a_series_brings_what_its_record_says(name, replay):
    """New, changed and gone are the record's; what is gone stays; what moved is one story; the issue reads well."""
    expected, found, moved, total = [], [], [], 0
    for poll in SERIES[name]:
        visit = replay.poll(poll["file"])
        want = counted(poll)
        if visit["outcome"] == "unchanged" and said_nothing(poll):
            want["outcome"] = "unchanged"
        expected.append((poll["file"], want))
        found.append((poll["file"], {key: visit[key] for key in want}))
        moved += poll["same_title_new_guid"]
        total += want["new"]

    assert found == expected
    stories = replay.stories()
    home = {entry["id"]: story["number"] for story in stories for entry in story["entries"]}
    assert [home[pair["old_guid"]] for pair in moved] == [home[pair["new_guid"]] for pair in moved]
    assert len(home) == sum(len(story["entries"]) for story in stories) == total
    assert len(stories) == total - len(moved)
    assert {entry["id"] for entry in shown_last(replay, name)} <= home.keys()
    publishes_what_is_picked(replay.weekly, pickable(stories, [pair["new_guid"] for pair in moved]))


def shown_last(replay: Replay, name: str) -> list[dict]:
    return feedparser.parse(str(replay.folder / SERIES[name][-1]["file"])).entries


def pickable(stories: list[dict], moved: Sequence[str]) -> list[dict]:
    """Return a few stories: the first, one in the middle, the last, and those that moved."""
    few = {story["number"]: story for story in (stories[0], stories[len(stories) // 2], stories[-1])}
    few |= {story["number"]: story for story in stories if {entry["id"] for entry in story["entries"]} & set(moved)}
    return list(few.values())


def publishes_what_is_picked(weekly, stories: list[dict]) -> None:
    """Publish some stories; the feed that readers get has them, in that order, each with its link."""
    weekly.run("pick", *(str(story["number"]) for story in stories))
    weekly.run("annotate", str(stories[0]["number"]), "--text", "值得一读 & <早读>")
    (published,) = weekly.json("publish")
    body = (weekly.folder / "output/weekly.atom").read_bytes()

    parsed = feedparser.parse(body)

    assert not parsed.bozo
    (entry,) = parsed.entries
    slug = published["issue"]["slug"]
    assert entry.id == f"tag:weekly.example.org,2019:cloud-native/issue/{slug}"
    assert entry.title == published["issue"]["title"]
    links = [(link.href, link.title) for link in entry.links if link.rel == "related"]
    assert links == [(story["link"], story["title"]) for story in stories]
    content = etree.HTML(entry.content[0].value)
    anchors = {anchor.get("href"): "".join(anchor.itertext()) for anchor in content.iter("a")}
    for story in stories:
        assert " ".join(anchors[story["link"]].split()) == " ".join(story["title"].split())
    assert "值得一读 & <早读>" in "".join(content.itertext())


# What follows holds the rules to records of our own: the same states in other orders, and series that nobody recorded.

NEWS = ("title", "link", "pubDate", "published", "updated", "date", "description", "summary", "content", "encoded")
"""What a record looks at: when nothing but an author's name is written otherwise, nothing has changed."""


@cache
def read_by_hand(path: Path) -> dict[str, tuple]:
    """Return what a document says by id, by looking at its XML: nothing of feedhub or feedparser is in it."""
    root = etree.fromstring(path.read_bytes(), etree.XMLParser(resolve_entities=False, huge_tree=True, recover=True))
    found: dict[str, tuple] = {}
    for node in root.xpath("//*[local-name()='item' or local-name()='entry']"):
        said = [(etree.QName(child).localname, child.get("href") or text_in(child)) for child in node.iterchildren("*")]
        names = [text for name, text in said if name in ("guid", "id")] + [
            text for name, text in said if name == "link"
        ]
        found.setdefault(names[0], tuple(one for one in said if one[0] in NEWS))
    return found


def text_in(node) -> str:
    return " ".join("".join(node.itertext()).split())


def truth(states: Sequence[Path]) -> Iterator[tuple[int, int, int]]:
    """Yield how many entries are new, changed and gone in each of a series of documents."""
    known: dict[str, tuple] = {}
    before: set[str] = set()
    for path in states:
        now = read_by_hand(path)
        changed = [one for one in now if one in known and known[one] != now[one]]
        yield len(now.keys() - known.keys()), len(changed), len(before - now.keys())
        known |= now
        before = set(now)


@cache
def document_of(path: Path) -> Document:
    return read(Response(200, "https://series.example/feed", {}, path.read_bytes()))


def replayed(store, documents: Iterable[Document]) -> Iterator[tuple[int, int, int]]:
    """Yield what feedhub says of each of a series of documents, without a network and a process."""
    listed = [Feed("series", "https://series.example/feed")]
    feeds.reconcile(store, listed, "tag:a.example,2019:x", DAY)
    (state,) = feeds.states(store, listed)
    for hour, document in enumerate(documents):
        outcome = Fetched(document.head, identity.said(document), document.format)
        counts = told(store, state, outcome, DAY + timedelta(hours=hour))
        yield counts.new, counts.changed, counts.gone


ORDERS = {
    "as recorded": lambda states: states,
    "every second poll missed": lambda states: states[::2],
    "backwards": lambda states: states[::-1],
    "each seen twice": lambda states: [state for state in states for _ in range(2)],
    "to and fro, as behind caches that differ": lambda states: [*states[:3], *states[:3], *states[2::-1]],
    "the first and the last": lambda states: [states[0], states[-1], states[0], states[-1]],
}


@each_series
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_other_orders_of_a_series_bring_what_the_xml_says(name, order, shared, store):
    """Missed polls, caches that go back in time, repetitions: what counts is what each document says."""
    states = order([shared / "data" / poll["file"] for poll in SERIES[name]])

    assert list(replayed(store, map(document_of, states))) == list(truth(states))


@each_series
def test_the_truth_of_these_tests_is_the_recorded_one(name, shared):
    """Reading the XML by hand counts what the record counts, so that it may judge where nothing was recorded."""
    states = [shared / "data" / poll["file"] for poll in SERIES[name]]

    wanted = [counted(poll) for poll in SERIES[name]]
    assert list(truth(states)) == [(want["new"], want["changed"], want["gone"]) for want in wanted]


def alone() -> list[str]:
    """Return the real documents that are in no series."""
    listed = {poll["file"] for polls in SERIES.values() for poll in polls}
    found = [path for path in sorted((SHARED / "data/real").rglob("*")) if path.suffix in TYPES]
    return [name for name in (str(path.relative_to(SHARED / "data")) for path in found) if name not in listed]


@pytest.mark.parametrize("file", alone() or ["none is there"])
def test_a_window_that_slides_over_a_document_finds_each_entry_once(file, shared, store):
    """The older half, all, all in another order, the newer half, all: new and gone are what is shown and hidden."""
    document = document_of(shared / "data" / file)
    every = [told.entry for told in identity.said(document)]
    older, newer = every[len(every) // 2 :], every[: len(every) // 2] or every
    windows = [older, every, every[::-1], newer, every]

    found = list(replayed(store, (replace(document, entries=tuple(window)) for window in windows)))

    more, hidden = len(every) - len(older), len(every) - len(newer)
    wanted = [(len(older), 0, 0), (more, 0, 0), (0, 0, 0), (0, 0, hidden), (0, 0, 0)]
    assert found == wanted
