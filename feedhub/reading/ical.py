"""Calendars (iCalendar, RFC 5545): their events, each as an entry. The home of icalendar.

icalendar takes lines apart, and knows time zones that have names of their own. Events that repeat are told once, as
they are at first; where the rule leads is not worked out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from feedhub.errors import ReadingError
from feedhub.model.feed import FeedState, Request, Response

if TYPE_CHECKING:
    from feedhub.model.document import Category, Document, Entry, Event, Person

_ACCEPT = "text/calendar, */*;q=0.5"
_FOLD = re.compile(rb"\r?\n[ \t]")
_CALENDAR = re.compile(rb"(?:\xef\xbb\xbf)?\s*BEGIN:VCALENDAR\b", re.IGNORECASE)
_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9-]+")
_START = re.compile(r"DTSTART\b[^:]*(?::(?!\d)[^:]*)*:(\d{8}(?:T\d{6})?)", re.IGNORECASE)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z?))?", re.ASCII)
_YEARS = range(1990, 2100)
_LINK = re.compile(r"https?://[^\s<>\"'\\]+")
_MARKUP = re.compile(r"</?(?:a|b|br|div|em|h[1-6]|i|li|ol|p|span|strong|table|u|ul)\b[^<>]*>", re.IGNORECASE)
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,7})M)?(?:(\d{1,9})S)?)?")
_STATUSES = ("confirmed", "tentative", "cancelled")
_OF_CALENDAR = frozenset("NAME X-WR-CALNAME X-WR-TIMEZONE URL REFRESH-INTERVAL X-PUBLISHED-TTL".split())
_OF_EVENT = frozenset(
    "UID RECURRENCE-ID SEQUENCE SUMMARY DESCRIPTION X-ALT-DESC URL LOCATION STATUS CATEGORIES ORGANIZER DTSTART DTEND "
    "DURATION DTSTAMP CREATED LAST-MODIFIED".split()
)
_DAY = timedelta(days=1)
_MOST_ZONES = 50
"""That a calendar describes, and that are looked at; each so many lines at most."""
_LONGEST_ZONE = 1_000
_LONGEST_NAME = 100
_TZID = re.compile(r"TZID\b[^:]*:(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
    """A property: its parameters, its value as text, and as it was written."""

    params: Any
    text: str
    raw: str


_Lines = dict[str, list[_Line]]
_Zone = tuple[str, dict[str, str]]
"""The zone of times without one, and the zones that a calendar describes, by their names, as they stand there."""


def first(state: FeedState, after: float = 0.0) -> Request:
    """Return the request for a calendar; it is to start so many seconds after the poll."""
    return Request(state.address, (("Accept", _ACCEPT), *state.validators.headers), after)


def is_calendar(body: bytes) -> bool:
    """Tell whether a body is a calendar."""
    return _CALENDAR.match(body) is not None


def read(response: Response) -> "Document":
    """Read a calendar, the soonest event first; raise ReadingError when it is none.

    Of more events than a feed may have entries, those are taken that are the latest.
    """
    from feedhub.model.document import Document, Head
    from feedhub.reading import values

    if not is_calendar(response.body):
        raise ReadingError("this is no calendar (iCalendar)")
    own, blocks, zones, is_closed = _parts(_text(response).split("\n"))
    said = _properties(own, _OF_CALENDAR)
    latest = sorted(blocks, key=_start)[-values.MOST_ENTRIES :]
    zone = (_value(said, "X-WR-TIMEZONE") or "UTC", _by_name(zones))
    entries = _current(_properties(block, _OF_EVENT) for block in latest)
    read_ones = tuple(entry for entry in (_entry(event, zone, response.url) for event in entries) if entry)
    if blocks and not read_ones:
        raise ReadingError(f"none of its {len(blocks)} events can be read")
    head = Head(
        title=values.text(_value(said, "NAME") or _value(said, "X-WR-CALNAME")),
        link=values.address(_value(said, "URL"), response.url),
        ttl=_ttl(said),
        partial=not blocks,  # Nothing is planned, or what was planned is over: that takes nothing back.
    )
    return Document(head, read_ones, "ical", flaw=None if is_closed else "the calendar is cut off before its end")


def _text(response: Response) -> str:
    """Return a calendar in lines that are whole: some were folded in the middle of a character."""
    from dataclasses import replace

    from feedhub.reading import encodings
    from feedhub.text.characters import storable

    response = encodings.decoded(replace(response, body=_FOLD.sub(b"", response.body)))
    stated = _CHARSET.search(response.headers.get("content-type", ""))
    try:
        text = response.body.decode(stated[1] if stated else "utf-8", "replace")
    except (LookupError, ValueError):  # no such character set, or one that is for names of hosts (idna)
        text = response.body.decode("utf-8", "replace")
    return storable(text.replace("\r", "").removeprefix("\ufeff"))


def _parts(lines: Sequence[str]) -> tuple[list[str], list[list[str]], list[list[str]], bool]:
    """Return the lines of a calendar itself, those of each event, those of each of its zones, and whether it is closed.

    What stands within an event or beside it, as alarms, tasks and notes do, is left out.
    """
    own: list[str] = []
    events: list[list[str]] = []
    zones: list[list[str]] = []
    within: list[str] = []
    for line in lines:
        mark = line[:6].upper()
        if mark == "BEGIN:":
            within.append(line[6:].strip().upper())
            events += [[]] if within == ["VCALENDAR", "VEVENT"] else []
            zones += [[]] if within == ["VCALENDAR", "VTIMEZONE"] else []
        if within[:2] == ["VCALENDAR", "VTIMEZONE"]:
            zones[-1].append(line)
        elif within == ["VCALENDAR", "VEVENT"]:
            events[-1].append(line)
        elif within == ["VCALENDAR"]:
            own.append(line)
        if mark[:4] == "END:" and within[-1:] == [line[4:].strip().upper()]:
            within.pop()
    return own, events, zones, not within


def _start(block: Sequence[str]) -> str:
    """Return when an event begins, as far as it matters for their order."""
    found = (_START.match(line) for line in block)
    return next((match[1] for match in found if match), "")


def _properties(lines: Sequence[str], wanted: frozenset[str]) -> _Lines:
    """Take lines apart; one that is broken, or of no use, is left out."""
    from icalendar.parser import Contentline

    said: _Lines = {}
    for line in lines:
        name = _NAME.match(line)
        if name is None or name.group().upper() not in wanted:
            continue
        try:
            _, params, raw = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
        except ValueError:
            continue
        said.setdefault(name.group().upper(), []).append(_Line(params, _unescaped(raw), raw))
    return said


def _unescaped(raw: str) -> str:
    from icalendar.parser import unescape_backslash

    return str(unescape_backslash(raw))


def _current(events: Iterator[_Lines]) -> list[_Lines]:
    """Return events without those that a later revision of the same one takes the place of."""
    known: dict[str, _Lines] = {}
    for place, said in enumerate(events):
        name = _id(said) or f" {place}"
        if name not in known or _revision(said) >= _revision(known[name]):
            known[name] = said
    return list(known.values())


def _revision(said: _Lines) -> tuple[int, str]:
    digits = _value(said, "SEQUENCE")
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else 0, _value(said, "LAST-MODIFIED")


def _id(said: _Lines) -> str | None:
    """Return what an event is known by: its UID, and which turn it is of one that repeats."""
    from feedhub.reading import values

    uid, turn = _value(said, "UID"), _value(said, "RECURRENCE-ID")
    return values.text(f"{uid}/{turn}" if uid and turn else uid, values.LONGEST_ID)


def _entry(said: _Lines, zone: _Zone, base: str) -> "Entry | None":
    """Return an event as an entry, or None when it has neither a title nor a time."""
    from feedhub.model.document import Entry
    from feedhub.reading import values

    event = _event(said, zone)
    title = values.text(_value(said, "SUMMARY"))
    if not (event or title):
        return None
    content = _content(said)
    stamp = _value(said, "DTSTAMP")  # When the calendar was written, which is now for most: no fact about the event.
    created, modified = _value(said, "CREATED"), _value(said, "LAST-MODIFIED")
    return Entry(
        id=_id(said),
        title=title,
        link=values.address(_value(said, "URL"), base) or _first_link(said, base),
        authors=_organiser(said),
        published=_moment(created, zone) if created != stamp else None,
        updated=_moment(modified, zone) if modified != stamp else None,
        content=content,
        categories=_categories(said),
        event=event,
    )


def _event(said: _Lines, zone: _Zone) -> "Event | None":
    from feedhub.model.document import Event
    from feedhub.reading import values

    starts, all_day = _time(said, "DTSTART", zone)
    if starts is None:
        return None
    ends, _ = _time(said, "DTEND", zone)
    lasts = _duration(_value(said, "DURATION")) or (_DAY if all_day else None)
    if ends is None or ends <= starts:
        ends = starts + lasts if lasts else None
    status = _value(said, "STATUS").strip().lower()
    return Event(
        starts,
        ends,
        all_day,
        values.text(_value(said, "LOCATION")),
        status if status in _STATUSES else None,
    )


def _time(said: _Lines, name: str, zone: _Zone) -> tuple[datetime | None, bool]:
    """Return a time in UTC, or None, and whether it is that of a whole day."""
    if name not in said:
        return None, False
    line = said[name][0]
    named = line.params.get("TZID")
    found = _moment(line.raw, (str(named), zone[1]) if named else zone)
    return found, re.fullmatch(r"\d{8}", line.raw.strip(), re.ASCII) is not None


def _moment(written: str, zone: _Zone) -> datetime | None:
    """Return a time in UTC: of a day, its first moment there; one without a zone is in that of its calendar."""
    found = _TIME.fullmatch(written.strip())
    if not found or int(found[1]) not in _YEARS:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        # A leap second is the one before.
        local = datetime(year, month, day, hour, minute, min(second, 59))
    except ValueError:
        return None
    if found[7] or found[4] is None:
        return local.replace(tzinfo=UTC)
    name, described = zone
    return local.replace(tzinfo=_zone(name, described.get(name, ""))).astimezone(UTC)


def _by_name(zones: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the zones that a calendar describes by their names."""
    named: dict[str, str] = {}
    for lines in zones[:_MOST_ZONES]:
        name = next((found[1].strip() for found in map(_TZID.match, lines) if found), None)
        if name and len(lines) <= _LONGEST_ZONE:
            named.setdefault(name, "\n".join(lines))
    return named


@lru_cache(maxsize=1024)
def _zone(name: str, described: str) -> tzinfo:
    """Return a time zone by its name: of the world's, of Windows', with a maker before it, or as it is described."""
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    if len(name) > _LONGEST_NAME:
        return UTC
    parts = name.strip("/").split("/")
    for known in (name.strip("/"), WINDOWS_TO_OLSON.get(name, ""), *("/".join(parts[-n:]) for n in (3, 2))):
        try:
            return ZoneInfo(known)
        except (KeyError, ValueError, OSError):  # OSError: a folder of the database, such as "Asia"
            continue
    return (_described(described) if described else None) or UTC


def _described(block: str) -> tzinfo | None:
    """Return the zone that a calendar describes under a name of its own; None when it does not do so well."""
    from icalendar import Timezone

    try:
        zone = Timezone.from_ical(block)
        found: tzinfo | None = zone.to_tz(lookup_tzid=False) if isinstance(zone, Timezone) else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):  # Whatever dateutil finds odd in it.
        return None
    return found


def _duration(written: str) -> timedelta | None:
    """Return how long something lasts (RFC 5545 section 3.3.6); None when that is nothing, or cannot be read."""
    found = _DURATION.fullmatch(written.strip())
    if not found:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds) or None


def _ttl(said: _Lines) -> int | None:
    """Return for how many seconds a calendar says it stays fresh (RFC 7986 section 5.7, or Microsoft's word for it)."""
    stated = _duration(_value(said, "REFRESH-INTERVAL") or _value(said, "X-PUBLISHED-TTL"))
    return int(stated.total_seconds()) if stated else None


def _content(said: _Lines) -> str | None:
    """Return the description as HTML: as the calendar has it, or made of its text; Google's text is HTML already."""
    import html  # with a table of all entities, which a quiet poll does not need

    from feedhub.reading import values

    marked = [line.text for line in said.get("X-ALT-DESC", ()) if "html" in str(line.params.get("FMTTYPE", "")).lower()]
    text = marked[0] if marked else _value(said, "DESCRIPTION").strip()
    if not marked and not _MARKUP.search(text):
        text = html.escape(text, quote=False).replace("\n", "<br>\n")
    return values.html(text)


def _first_link(said: _Lines, base: str) -> str | None:
    import html

    from feedhub.reading import values

    found = _LINK.search(html.unescape(_value(said, "DESCRIPTION")[: values.LONGEST_TEXT]))
    return values.address(found.group().rstrip(".,;:!?)]}"), base) if found else None


def _organiser(said: _Lines) -> "tuple[Person, ...]":
    from feedhub.model.document import Person
    from feedhub.reading import values

    if "ORGANIZER" not in said:
        return ()
    line = said["ORGANIZER"][0]
    mail = re.sub(r"^mailto:", "", line.text.strip(), flags=re.IGNORECASE)
    email = values.text(mail) if "@" in mail and ":" not in mail else None
    name = values.text(str(line.params.get("CN", "")))
    return (Person(name or "", email=email),) if name or email else ()


def _categories(said: _Lines) -> "tuple[Category, ...]":
    from icalendar.parser import split_on_unescaped_comma

    from feedhub.model.document import Category
    from feedhub.reading import values

    written = [part for line in said.get("CATEGORIES", ()) for part in split_on_unescaped_comma(line.raw)]
    terms = map(values.text, written[: values.MOST_OF_A_KIND])
    return tuple(Category(term) for term in dict.fromkeys(terms) if term)


def _value(said: _Lines, name: str) -> str:
    return said[name][0].text if name in said else ""
