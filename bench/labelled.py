"""The labelled pairs of entries: which two are meant, read in place, and what somebody says of them.

labels/pairs.jsonl names documents and entries of them, and labels; it holds no text. labels/blind.jsonl has labels that
somebody else gave some of these pairs, who had seen neither the rules nor the first labels.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from feedhub.model.document import Document, Entry, Head
from feedhub.model.feed import Response
from feedhub.model.matching import Said
from feedhub.reading import feeds
from feedhub.rules import identity

HERE = Path(__file__).parent / "labels"
LABELS = ("same", "related", "different")
_DATES = re.compile(r"[-_]?\d{4}-?\d\d-?\d\d(?:T\d+Z?)?|\.poll\d+")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two entries: who told it, when, and what the rules make of it."""

    feed: str
    day: date | None
    said: Said

    @property
    def title(self) -> str:
        """Its title, or nothing."""
        return self.said.title or ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries, what was said of them, and, for those that are hard to tell, why."""

    number: int
    one: Side
    other: Side
    label: str
    hard: str | None = None


def read(material: Path, labels: Path = HERE / "pairs.jsonl") -> list[Pair]:
    """Return the labelled pairs; `material` is the folder that their documents lie in."""
    found = (json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines())
    return [
        Pair(row["pair"], _side(material, *row["one"]), _side(material, *row["other"]), row["label"], row.get("hard"))
        for row in found
    ]


def second_labels(labels: Path = HERE / "blind.jsonl") -> dict[int, str]:
    """Return the labels that were given blind, by the numbers of their pairs."""
    rows = map(json.loads, labels.read_text(encoding="utf-8").splitlines()) if labels.exists() else ()
    return {row["pair"]: row["label"] for row in rows}


def kappa(labels: Sequence[tuple[str, str]]) -> float:
    """Return Cohen's kappa of two people's labels: their agreement beyond that of chance."""
    agreed = sum(one == other for one, other in labels) / len(labels)
    ours, theirs = (Counter(each) for each in zip(*labels, strict=True))
    chance = sum(ours[label] * theirs[label] for label in ours) / len(labels) ** 2
    return (agreed - chance) / (1 - chance)


def _side(material: Path, path: str, entry: str | int) -> Side:
    found, name = _entries(material / path)[entry]
    told = found.published or found.updated
    return Side(f"{_DATES.sub('', path)} {name}".strip(), told.date() if told else None, found)


@cache
def _entries(file: Path) -> dict[str | int, tuple[Said, str]]:
    """Return the entries of a file, by their ids and by their places in it, and which of several feeds told each."""
    if file.suffix == ".yaml":
        return {place: (_alone(entry), "") for place, entry in _items(yaml.safe_load(file.read_text(encoding="utf-8")))}
    if "windows" in file.parts:
        return dict(enumerate(map(_of_window, json.loads(file.read_text(encoding="utf-8"))["items"])))
    # Some of its links are relative: to a place that is none, so that they lead to the same one everywhere.
    document = feeds.read(Response(200, "http://example.org/feed", {}, file.read_bytes()))
    said = {(one.id, one.link, one.title): one for one in identity.said(document)}
    told = [(said.get((one.id, one.link, one.title)) or _alone(one), "") for one in document.entries]
    return {one[0].id: one for one in reversed(told) if one[0].id} | dict(enumerate(told))


def _alone(entry: Entry) -> Said:
    return identity.said(Document(Head(), (entry,), "atom10"))[0]


def _of_window(item: dict[str, str | None]) -> tuple[Said, str]:
    """Return what one of the feeds that a week was put together from said, and which one."""
    told = datetime.fromisoformat(item["date"]) if item["date"] else None
    return _alone(Entry(title=item["title"], link=item["url"], published=told)), item["source"] or ""


def _items(node: Any, issue: str = "") -> Iterator[tuple[str, Entry]]:
    """Return the items of the newsletters that have a link, by issue and line."""
    if isinstance(node, list):
        for one in node:
            yield from _items(one, issue)
    elif isinstance(node, dict):
        issue = node.get("id", issue)
        told = node.get("title") or node.get("heading") or next(iter(node.get("commentary") or ()), None)
        link = node["inferred"].get("url") if isinstance(node.get("inferred"), dict) else None
        if link and isinstance(told, dict):
            yield f"{issue}:{told['line']}", Entry(title=told.get("text") or told["raw"], link=link)
        for one in node.values():
            yield from _items(one, issue)
