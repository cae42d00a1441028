"""What is a revision: an entry that says something else, not one whose body holds a clock or a counter."""

import re
from collections.abc import Mapping
from dataclasses import replace

from feedhub.model.document import Entry
from feedhub.model.matching import Decisions
from feedhub.text.links import canonical
from feedhub.text.markup import page_links, text_of

_DAY = r"(?:\d{4}[-/.]\d\d?[-/.]\d\d?[T, ]{1,2}|(?:[A-Z][a-z]{2,8},? )?\d{1,2} [A-Z][a-z]{2,8} \d{4},? )"
_CLOCKS = re.compile(
    rf"{_DAY}?\b\d{{1,2}}:\d\d:\d\d(?:\.\d+)?(?: ?[AaPp][Mm]\b)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
    r"|\b1\d{9}(?:\d{3})?(?:\.\d+)?\b"  # seconds since 1970, as content-clock of the hostile feeds has them
    r"|\b(?:an?|\d+) (?:second|minute|hour|day|week|month|year)s? ago\b|\bjust now\b"
    r"|\d+ ?(?:秒|分钟|小时|天|周|个月|年)前|刚刚"
    r"|(?:(?:[Gg]enerated|[Rr]endered|[Ss]erved|[Ff]etched|[Cc]ached|[Rr]etrieved)(?: on| at| in)?|[Aa]s of|生成于):? "
    r"[\w:,./+ -]{0,30}\d[\w:.+-]{0,20}"
    r"|\b\d[\d,.]{0,11} ?(?:comments?|views?|reads?|likes?|shares?|claps?|replies|points?)\b"
    r"|\d[\d,.]{0,11} ?(?:条评论|次阅读|次浏览|人阅读|个赞|人赞)|(?:阅读|评论|浏览|点赞)[ :：(（]{0,2}\d[\d,.]{0,11}"
    r"|\b[0-9a-f]{16,128}\b"  # what is drawn anew for every visit
)
_LONGEST = 200_000


def without_clocks(text: str) -> str:
    """Return a text with one mark for whatever in it moves by itself: clocks, counters, ages, random numbers.

    >>> without_clocks("Served at 1767687600.123, 12 comments")
    '◷, ◷'
    """
    return " ".join(_CLOCKS.sub("◷", text[:_LONGEST]).split())


def is_same(one: Entry, other: Entry) -> bool:
    """Tell whether two states of an entry say the same, clocks and counters in the body aside."""
    if _head(one) != _head(other):
        return False
    if _texts(one) == _texts(other):
        return True
    return _body(one) == _body(other)


def sorted_out(decisions: Decisions, before: Mapping[int, Entry]) -> Decisions:
    """Take out of what changed the entries that say what they said `before`: they are renewed without a word."""
    same = {change.number for change in decisions.changed if is_same(before[change.number], change.said.entry)}
    return replace(
        decisions,
        changed=tuple(change for change in decisions.changed if change.number not in same),
        renewed=decisions.renewed + tuple(change for change in decisions.changed if change.number in same),
    )


def _head(entry: Entry) -> tuple[object, ...]:
    place = entry.link and canonical(entry.link)
    return (entry.title, place, entry.published, entry.updated, entry.event, entry.status)


def _texts(entry: Entry) -> tuple[str, str]:
    return entry.summary or "", entry.content or ""


def _body(entry: Entry) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return what a reader of the body is told: its words, and where it leads."""
    words = tuple(without_clocks(text_of(text)) for text in _texts(entry))
    return words, frozenset(page for text in _texts(entry) for page in _pages(text))


def _pages(text: str) -> list[str]:
    links = page_links(text[:_LONGEST])[1] if "href" in text else ()
    return [canonical(link.href) for link in links]
