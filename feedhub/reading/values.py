"""Values that all formats share: text, addresses, times. What is wrong becomes None; nothing is ever made up."""

import calendar
import re
import time
from datetime import UTC, datetime

from feedhub.text.addresses import absolute
from feedhub.text.characters import storable
from feedhub.text.markup import text_of

LONGEST_TITLE = 1_000
LONGEST_ID = 2_000
LONGEST_TEXT = 500_000
MOST_ENTRIES = 5_000
MOST_OF_A_KIND = 50
"""Authors, categories and enclosures of one entry."""

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def text(value: object, longest: int = LONGEST_TITLE) -> str | None:
    """Return text on one line, cut at a length, or None when there is none."""
    found = " ".join(storable(value).split())[:longest] if isinstance(value, str) else ""
    return found or None


def plain(markup: object, longest: int = LONGEST_TITLE) -> str | None:
    """Return what a reader of some HTML reads, as `text` does."""
    return text(text_of(storable(markup[: longest * 20])), longest) if isinstance(markup, str) else None


def html(value: object) -> str | None:
    """Return HTML as it was sent, without what no document may hold, cut at a length."""
    found = storable(value[:LONGEST_TEXT]).strip() if isinstance(value, str) else ""
    return found or None


def address(value: object, base: str | None) -> str | None:
    """Return an http(s) address in full, or None."""
    return (
        absolute(base, storable(value))
        if isinstance(value, str) and value.strip() and len(value) <= LONGEST_ID
        else None
    )


def whole(value: object, most: int = 2**53) -> int | None:
    """Return a whole number from 0, or None."""
    digits = str(value).strip()
    return min(int(digits), most) if digits.isascii() and digits.isdigit() and len(digits) < 20 else None


# Dates that feedparser takes for others: a year before our era, an ISO week, a Chinese date.
_MISREAD = re.compile(r"\s*(?:-|\d{4}-?W\d|\d{4}\s*年)")


def is_readable_date(text: object) -> bool:
    """Tell whether feedparser reads a date as it was meant, or not at all."""
    return not (isinstance(text, str) and _MISREAD.match(text))


def moment(parsed: time.struct_time | None) -> datetime | None:
    """Return the time of a struct_time in UTC, or None for one that no feed can mean (0001-01-01, 9999)."""
    try:
        found = datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found and _EARLIEST <= found < _LATEST else None
