"""Measure how long it takes to find what is like a title, on a database of a million stories.

    python bench/likeness.py [--stories 1000000] [--days 60] [--lookups 2000]

Titles are of four to twelve words, some Chinese; one in ten follows a template of its feed, as weeklies and bots do.
Half of what is looked up are titles that are there, as somebody else would have put them. Promised are 5 ms.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random

from prose import prose

from feedhub.rules import likeness
from feedhub.store import likenesses
from feedhub.store.connection import Database, open_store, rows, writing

PROMISED = 5
"""Milliseconds."""
FEEDS = 1000
TODAY = date(2020, 3, 10).toordinal()
_AT_ONCE = 10_000
_TEMPLATES = ("Weekly roundup of {0}, number {1}", "Auto-update {0} dependencies (#{1})", "{0} v{1}.0 released")


def titles(count: int) -> Iterator[str]:
    """Return titles, the same ones every time."""
    rng = Random("titles")
    english, chinese = prose("en"), prose("zh")
    names = [english.phrase(rng, 1, 2) for _ in range(200)]
    for place in range(count):
        if rng.random() < 0.1:
            yield rng.choice(_TEMPLATES).format(rng.choice(names), place)
        elif rng.random() < 0.2:
            yield chinese.phrase(rng, 4, 9)
        else:
            yield english.phrase(rng, 4, 12)


def altered(title: str, rng: Random) -> str:
    """Return a title as somebody else would put it: with a word less, or one more, or other punctuation."""
    words = title.split()
    match rng.randrange(3):
        case 0 if len(words) > 4:
            return " ".join(words[:-1])
        case 1:
            return f"Report: {title}"
        case _:
            return f"{title} !"


def fill(db: Database, stories: int, days: int) -> None:
    """Write stories of one entry each, evenly over so many days until today."""
    at = "2020-03-10T00:00:00Z"
    with writing(db):
        feeds = ((number, f"f{number}", f"https://f{number}.example/feed", f"u{number}") for number in range(FEEDS))
        db.executemany("insert into feeds (id, name, url, uid) values (?, ?, ?, ?)", feeds)
    numbered = enumerate(titles(stories), 1)
    while batch := [one for one, _ in zip(numbered, range(_AT_ONCE), strict=False)]:
        with writing(db):
            _write(db, batch, at, days, stories)


def _write(db: Database, batch: list[tuple[int, str]], at: str, days: int, stories: int) -> None:
    told = ((number, str(number), at) for number, _ in batch)
    db.executemany("insert into stories (id, uid, first_seen) values (?, ?, ?)", told)
    sql = """
        insert into entries (id, feed, story, part, is_primary, title_key, title, first_seen, fingerprint, rule_version)
        values (?1, ?2, ?1, 1, 1, '', ?3, ?4, '', 1)
        """
    db.executemany(sql, ((number, number % FEEDS, title, at) for number, title in batch))
    for number, title in batch:
        likenesses.index(db, number, likeness.pairs(title), TODAY - days * (stories - number) // stories)


def look_up(db: Database, story: int, title: str) -> set[int]:
    """Return the stories that would be suggested for a title."""
    near = likenesses.near(db, story, likeness.pairs(title), TODAY - likeness.WINDOW)
    found = ((other, likeness.compare(title, theirs)) for other, theirs in near)
    return {other for other, alike in found if alike and alike.score >= likeness.ENOUGH}


def measure(db: Database, stories: int, days: int, lookups: int) -> tuple[list[float], list[float], float]:
    """Return the seconds that look-ups took, those of the processor, and which part of what is there was found."""
    rng = Random("look-ups")
    lately = stories - stories * min(likeness.WINDOW, days) // days
    sql = "select id, title from entries where id in (select value from json_each(?))"
    known = {
        row["id"]: row["title"]
        for row in rows(db, sql, [json.dumps(rng.sample(range(lately + 1, stories + 1), lookups))])
        if likeness.pairs(row["title"])
    }
    new = titles(stories + lookups)
    for _ in range(stories):
        next(new)
    likeness.compare(*2 * (next(iter(known.values())),))  # which imports what it needs
    gc.disable()  # as timeit does: its pauses are those of what this program holds
    seconds, busy, found = [], [], 0
    for number, title in known.items():
        other = number % stories + 1
        for told in (altered(title, rng), next(new)):
            began, before = time.perf_counter(), time.process_time()
            alike = look_up(db, other, told)
            seconds.append(time.perf_counter() - began)
            busy.append(time.process_time() - before)
            found += number in alike
    return sorted(seconds), sorted(busy), found / len(known)


def main() -> None:
    """Measure what the arguments say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--stories", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--lookups", type=int, default=2000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="feedhub-bench-") as name:
        file = Path(name) / "feedhub.db"
        db = open_store(file)
        db.execute("pragma synchronous = off")
        began = time.perf_counter()
        fill(db, asked.stories, asked.days)
        print(f"{asked.stories} stories written in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        indexed = rows(db, "select count(*) as pairs from likenesses")[0]["pairs"]
        seconds, busy, found = measure(db, asked.stories, asked.days, asked.lookups // 2)
        db.close()
        size = file.stat().st_size / 1e6
    print(f"{asked.stories} stories of {asked.days} days, {indexed} pairs of words, {size:.0f} MB in all")
    for name, each in (("a look-up takes", seconds), ("of which the processor needs", busy)):
        p50, p95 = (1000 * each[len(each) * part // 100] for part in (50, 95))
        print(f"{name} {p50:.2f} ms, 95 % of them {p95:.2f}, the longest {1000 * each[-1]:.2f} (promised: {PROMISED})")
    print(f"of titles that are there in other words, {100 * found:.0f} % are found")


if __name__ == "__main__":
    main()
