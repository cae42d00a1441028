"""Dates as feeds write them: RFC 3339, W3C-DTF and ISO 8601, RFC 822 and its relatives, asctime, what people write.

All readers ask here. A date that cannot be read, or that could be two days, is none; one without a zone is in UTC, as
one with an unknown zone is (RFC 5322 section 4.3). What names no year is no date: nothing here looks at a clock.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST = 120

_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")  # RFC 5322 section 3.2.2; they nest.
_CLOCK = re.compile(
    r"(?:(?<![\d:+-])(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d?)(?:[.,]\d+)?)?(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    r"|(?<=\dt)(?P<hours>\d\d)(?P<minutes>\d\d)(?P<seconds>\d\d)?)(?!\d)"
)
_JOINER = re.compile(r"(?<=\d)\s*(?:t|-|at)?\s*$")
_AFTER = re.compile(
    r"\s*(?P<zone>[a-z]+(?:/[a-z_-]+)+|(?:gmt|utc)?[+-]\d\d?(?::?\d\d)?z?|[a-z]{1,5})?(?:\s+[a-z]{1,5})?(?:\s+(?P<year>\d{4}))?"
)

_WORD = r"[^\W\d_]+"
_ISO = re.compile(
    rf"(?:{_WORD}\s+)?(?P<year>\d{{4}})(?:-?(?P<ordinal>\d{{3}})|-?w(?P<week>\d\d)-?(?P<weekday>[1-7])"
    r"|(?P<m>\d\d)(?P<d>\d\d)|(?P<mark>[-/.])(?P<month>\d\d?)(?:(?P=mark)(?P<day>\d\d?))?)?"
)
_NAMED = re.compile(
    rf"(?:{_WORD}\.?\s+)?(?:(?P<day>\d\d?)(?:st|nd|rd|th|er|\.)?[\s-]+(?P<month>{_WORD})\.?"
    rf"|(?P<name>{_WORD})\.?\s+(?P<number>\d\d?)(?:st|nd|rd|th)?)[\s-]+(?P<year>\d{{4}}|\d\d)"
)
_NUMBERS = re.compile(
    rf"(?:{_WORD}\.?\s+)?(?P<first>\d\d?)(?P<mark>[/.])(?P<second>\d\d?)(?P=mark)(?P<year>\d{{4}}|\d\d)"
)

# English, German, French, Spanish, Italian, Portuguese and Dutch, without accents; three letters tell all but two.
_MONTHS = {
    name: number
    for number, names in enumerate(
        "jan ene gen|feb fev fevr|mar mrt|apr abr avr|may mai mei mag|jun juin giu|jul juil lug|"
        "aug ago aou|sep set|oct okt ott out|nov|dec dez dic".split("|"),
        start=1,
    )
    for name in names.split()
}
# Hours from UTC: those of RFC 822, and others that mean one thing. CST is RFC 822's, not China's.
_ZONES = {
    name: hours
    for hours, names in {
        -10: "hst", -9: "akst", -8: "akdt pst pt", -7: "pdt mst mt", -6: "mdt cst ct", -5: "cdt est et",
        -4: "edt ast at", -3: "adt brt", 1: "bst west cet met", 2: "cest mest eet", 3: "eest msk", 8: "hkt sgt",
        9: "jst kst", 10: "aest", 11: "aedt", 12: "nzst", 13: "nzdt",
    }.items()
    for name in names.split()
}  # fmt: skip

# Most dates are written in one of two ways, which cost a quarter when read alone; what is odd goes the long way.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-](?:0\d|1[0-3]):[0-5]\d)", re.ASCII)
_RFC822 = re.compile(
    r"[A-Z][a-z]{2}, (\d\d?) ([A-Z][a-z]{2}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:GMT|([+-])(0\d|1[0-3])([0-5]\d))", re.ASCII
)


def moment(written: object) -> datetime | None:
    """Return when a date was, in UTC, or None for one that cannot be read or that no feed can mean (0001-01-01).

    >>> moment("Mon, 09 Dec 2019 10:11:12 +0800").isoformat()
    '2019-12-09T02:11:12+00:00'
    """
    text = written.strip() if isinstance(written, str) else ""
    if not text or len(text) > _LONGEST:
        return None
    try:
        found = _usual(text) or _epoch(text) or _moment(_plain(text.lower()))
    except (ValueError, OverflowError):  # the 31st of February, 25:00
        return None
    return found if found and _EARLIEST <= found < _LATEST else None


def _usual(text: str) -> datetime | None:
    found = _RFC822.fullmatch(text)
    try:
        if not found:
            return (
                datetime.fromisoformat(text).astimezone(UTC).replace(microsecond=0)
                if _RFC3339.fullmatch(text)
                else None
            )
        day, name, year, hour, minute, second, sign, hours, minutes = found.groups()
        time = datetime(int(year), _MONTHS[name.lower()], int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except (ValueError, OverflowError, KeyError):
        return None
    offset = timedelta(hours=int(hours), minutes=int(minutes)) if sign else timedelta()
    return time + offset if sign == "-" else time - offset


def _epoch(text: str) -> datetime | None:
    """Return the time of seconds since 1970; ten digits are nothing else."""
    return datetime.fromtimestamp(int(text), UTC) if len(text) == 10 and text.isascii() and text.isdigit() else None


def _plain(text: str) -> str:
    """Return a date without comments, commas and accents."""
    while "(" in text and (without := _COMMENT.sub(" ", text)) != text:
        text = without
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return " ".join(text.replace(",", " ").split())


def _moment(text: str) -> datetime | None:
    clock = _CLOCK.search(text)
    end = clock.start() if clock else len(text.rstrip("abcdefghijklmnopqrstuvwxyz "))
    after = _AFTER.fullmatch(text, clock.end() if clock else end)
    if not after:
        return None
    before = _JOINER.sub("", text[:end])
    day = _day(f"{before} {after['year']}" if after["year"] else before)
    return _at(day, clock, _zone(after["zone"] or "")) if day else None


def _day(text: str) -> date | None:
    if found := _ISO.fullmatch(text):
        return _iso_day(found)
    if found := _NAMED.fullmatch(text):
        month = found["month"] or found["name"]
        number = _MONTHS.get(month[:4]) or _MONTHS.get(month[:3])
        return date(_year(found["year"]), number, int(found["day"] or found["number"])) if number else None
    found = _NUMBERS.fullmatch(text)
    return _number_day(found) if found else None


def _iso_day(found: re.Match[str]) -> date:
    year = int(found["year"])
    if found["ordinal"]:
        day = date(year, 1, 1) + timedelta(days=int(found["ordinal"]) - 1)
        if day.year != year:
            raise ValueError(day)
        return day
    if found["week"]:
        return date.fromisocalendar(year, int(found["week"]), int(found["weekday"]))
    return date(year, int(found["month"] or found["m"] or 1), int(found["day"] or found["d"] or 1))


def _number_day(found: re.Match[str]) -> date | None:
    """Return the day of numbers alone: with dots the day is first; with strokes only where no other reading is one."""
    first, second, year = int(found["first"]), int(found["second"]), _year(found["year"])
    long = len(found["year"]) == 4
    if found["mark"] == ".":
        return date(year, second, first) if long else None
    if second > 12:
        return date(year, first, second)
    return date(year, second, first) if long and (first > 12 or first == second) else None


def _year(digits: str) -> int:
    """Return a year; two digits are of 1950 to 2049 (RFC 5322 section 4.3)."""
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 50 else 1900)


def _zone(name: str) -> tzinfo:
    if "/" in name:
        try:
            return ZoneInfo(name.title() if name.count("/") == 1 else name)
        except (ValueError, OSError, KeyError):  # no such key; one that leads out of its folder; a folder
            return UTC
    sign = re.search(r"[+-]", name)
    if not sign:
        return timezone(timedelta(hours=_ZONES.get(name, 0)))
    digits = name[sign.end() :].rstrip("z").replace(":", "")
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    offset = timedelta(hours=hours, minutes=minutes)
    known = minutes < 60 and offset <= timedelta(hours=14)
    return timezone(-offset if sign[0] == "-" else offset) if known else UTC


def _at(day: date, clock: re.Match[str] | None, zone: tzinfo) -> datetime:
    hour, minute, second = _time(clock) if clock else (0, 0, 0)
    if (hour, minute, second) == (24, 0, 0):  # the end of a day (ISO 8601)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) + timedelta(days=1)
    leap = second == 60  # RFC 3339 section 5.6
    local = datetime(day.year, day.month, day.day, hour, minute, second - leap, tzinfo=zone)
    return local.astimezone(UTC) + timedelta(seconds=leap)


def _time(clock: re.Match[str]) -> tuple[int, int, int]:
    hour, minute, second = (int(clock[name] or clock[f"{name}s"] or 0) for name in ("hour", "minute", "second"))
    if clock["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if clock["half"] == "p" else 0)
    return hour, minute, second
