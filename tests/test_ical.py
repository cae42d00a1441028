"""Calendars: every one of data/calendars says what the file beside it says, and what a poll makes of its events."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import TUESDAY
from hypothesis import example, given
from hypothesis import strategies as st
from polling import HOUR, URL, Polling

from feedhub.errors import ReadingError
from feedhub.model.document import Document, Entry, Event, Head
from feedhub.model.feed import Counts, Failed, Feed, FeedState, Fetched, Request, Response, Validators
from feedhub.model.matching import New
from feedhub.model.written import to_json
from feedhub.reading import feeds, ical, values
from feedhub.rules import backlog, identity
from feedhub.store import stories
from feedhub.store.stories import Filter

FOLDER = Path(__file__).parent / "data" / "calendars"
CALENDARS = sorted(FOLDER.glob("*.ics"))
DAY = timedelta(days=1)


def response(body: str | bytes, **headers: str) -> Response:
    """Return an answer with a body; in a header's name _ stands for -."""
    said = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(200, URL, said, body.encode() if isinstance(body, str) else body)


def calendar(*events: str, head: str = "", end: str = "END:VCALENDAR\n") -> str:
    """Return a calendar of events, each as its lines."""
    blocks = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\n{head}{blocks}{end}"


def event(number: int, starts: datetime = TUESDAY + 9 * DAY, **said: str) -> str:
    """Return the lines of an event of an hour; in the name of a property _ stands for -."""
    lines = {
        "uid": f"{number}@a.example",
        "dtstart": f"{starts:%Y%m%dT%H%M%SZ}",
        "duration": "PT1H",
        "summary": f"Event {number}",
        **said,
    }
    return "\n".join(f"{name.upper().replace('_', '-')}:{value}" for name, value in lines.items())


def read_one(*lines: str, head: str = "") -> Entry:
    """Return the one event of a calendar."""
    (entry,) = ical.read(response(calendar("\n".join(lines), head=head))).entries
    return entry


def test_there_is_something_to_read():
    """The habits of those who write most calendars, and none is left over."""
    assert {"sched.ics", "google.ics", "meetup.ics", "outlook.ics"} <= {path.name for path in CALENDARS}
    assert {*CALENDARS, *(path.with_name(f"{path.name}.json") for path in CALENDARS)} == set(FOLDER.iterdir())


@pytest.mark.parametrize("path", CALENDARS, ids=lambda path: path.name)
def test_reading(path):
    """However its lines end."""
    expected = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
    body = path.read_bytes()

    for each in (body, body.replace(b"\r\n", b"\n"), b"\xef\xbb\xbf" + body, b"\r\n" + body):
        assert to_json(ical.read(response(each))) == expected


def test_a_calendar_is_asked_for_as_a_feed_is():
    """With the validators as they were given."""
    state = FeedState(1, Feed("a", URL, kind="ical"), validators=Validators('"1"', None))

    assert ical.first(state, 2.0) == Request(
        URL, (("Accept", "text/calendar, */*;q=0.5"), ("If-None-Match", '"1"')), 2.0
    )


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a time in the first month of 2020."""
    return datetime(2020, 1, day, hour, minute, tzinfo=UTC)


TIMES = {
    # DTSTART and what follows, when that is: starts, ends, whether all day.
    "in UTC": ("DTSTART:20200107T090000Z", (utc(7, 9), None, False)),
    "without seconds": ("DTSTART:20200107T0900Z", (utc(7, 9), None, False)),
    "in a zone": ("DTSTART;TZID=Asia/Shanghai:20200107T090000", (utc(7, 1), None, False)),
    "in quotes": ('DTSTART;TZID="Asia/Shanghai":20200107T090000', (utc(7, 1), None, False)),
    "with its kind": ("DTSTART;VALUE=DATE-TIME;TZID=Asia/Shanghai:20200107T090000", (utc(7, 1), None, False)),
    "in UTC, whatever zone is named": ("DTSTART;TZID=Asia/Shanghai:20200107T090000Z", (utc(7, 9), None, False)),
    "in the calendar's zone": ("DTSTART:20200107T090000", (utc(7, 14), None, False)),
    "in a zone that is none": ("DTSTART;TZID=../../etc/passwd:20200107T090000", (utc(7, 9), None, False)),
    "in a zone without end": (f"DTSTART;TZID={'a/' * 3_000}:20200107T090000", (utc(7, 9), None, False)),
    "in a zone that is a folder": ("DTSTART;TZID=America:20200107T090000", (utc(7, 9), None, False)),
    "a leap second": ("DTSTART:20200106T235960Z", (utc(6, 23, 59) + timedelta(seconds=59), None, False)),
    "for a while": ("DTSTART:20200107T090000Z\nDURATION:PT1H30M", (utc(7, 9), utc(7, 10, 30), False)),
    "for days": ("DTSTART:20200107T090000Z\nDURATION:P1W2DT1H", (utc(7, 9), utc(16, 10), False)),
    "for no time": ("DTSTART:20200107T090000Z\nDTEND:20200107T090000Z", (utc(7, 9), None, False)),
    "for what is no while": ("DTSTART:20200107T090000Z\nDURATION:long", (utc(7, 9), None, False)),
    "for less than no time": ("DTSTART:20200107T090000Z\nDURATION:-PT1H", (utc(7, 9), None, False)),
    "a day": ("DTSTART;VALUE=DATE:20200107", (utc(7), utc(8), True)),
    "a day that nobody calls one": ("DTSTART:20200107", (utc(7), utc(8), True)),
    "days": ("DTSTART;VALUE=DATE:20200107\nDTEND;VALUE=DATE:20200110", (utc(7), utc(10), True)),
    "days, counted": ("DTSTART;VALUE=DATE:20200107\nDURATION:P3D", (utc(7), utc(10), True)),
    "no day": ("DTSTART:20200230T090000Z", None),
    "no year that anybody means": ("DTSTART:00010101T000000Z", None),
    "nor this": ("DTSTART:99991231T235959Z", None),
    "no time": ("DTSTART:", None),
}


@pytest.mark.parametrize(("lines", "expected"), TIMES.values(), ids=TIMES)
def test_when_an_event_is(lines, expected):
    """In UTC; the day of an all-day event is a day wherever one is. What means no time is none."""
    entry = read_one("UID:a", "SUMMARY:A", lines, head="X-WR-TIMEZONE:America/New_York\n")

    found = entry.event and (entry.event.starts, entry.event.ends, entry.event.all_day)
    assert found == expected


def test_summer_time_is_that_of_the_day():
    """Ten in the morning in Berlin is nine in winter and eight in summer."""
    found = [read_one("UID:a", f"DTSTART;TZID=Europe/Berlin:2020{month}01T100000") for month in ("01", "07")]

    assert [entry.event.starts.hour for entry in found] == [9, 8]


FACTS = {
    # Lines, a field, what it is.
    "no clock": ("DTSTAMP:20191210T100000Z\nLAST-MODIFIED:20191210T100000Z", "updated", None),
    "nor as its beginning": ("DTSTAMP:20191210T100000Z\nCREATED:20191210T100000Z", "published", None),
    "a change": ("DTSTAMP:20191210T100000Z\nLAST-MODIFIED:20191201T100000Z", "updated", TUESDAY - 9 * DAY),
    "when it was written down": ("DTSTAMP:20191210T100000Z\nCREATED:20191201T100000Z", "published", TUESDAY - 9 * DAY),
    "its own link": ("URL:https://a.example/1\nDESCRIPTION:https://a.example/2", "link", "https://a.example/1"),
    "one beside it": ("URL:/events/1", "link", "https://a.example/events/1"),
    "no link": ("URL:javascript:alert(1)\nDESCRIPTION:none", "link", None),
    "the first in its text": ("DESCRIPTION:See <a href=\"https://a.example/?a=1&amp;b=2\">it</a>", "link", "https://a.example/?a=1&b=2"),
    "without what closes a sentence": ("DESCRIPTION:(See https://a.example/x).", "link", "https://a.example/x"),
    "escapes": (r"SUMMARY:a\, b\; c\\ d\nE", "title", "a, b; c\\ d E"),
    "text is text": (r"DESCRIPTION:1 < 2 & so on\nmore", "content", "1 &lt; 2 &amp; so on<br>\nmore"),
    "a turn of one that repeats": ("UID:x\nRECURRENCE-ID:20200107T090000Z", "id", "x/20200107T090000Z"),
    "a line without a value": ("SUMMARY", "title", None),
    "a line that is none": (";;;:::\nSUMMARY:fine", "title", "fine"),
    "a control character": ("SUMMARY:a\x1bb", "title", "ab"),
    "another name for a name": ("summary;LANGUAGE=en:fine", "title", "fine"),
    "a folded name": ("SUMM\n ARY:fine", "title", "fine"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "name", "expected"), FACTS.values(), ids=FACTS)
def test_what_an_event_says(lines, name, expected):
    assert getattr(read_one("DTSTART:20200107T090000Z", lines), name) == expected


def test_a_line_may_be_folded_within_a_character():
    """Some fold by bytes."""
    body = calendar(event(1)).encode().replace(b"Event 1", b"\xe8\xb0\r\n \x83\xe5\xba\xa6")

    (entry,) = ical.read(response(body)).entries

    assert entry.title == "调度"


def test_another_character_set_is_believed():
    body = calendar(event(1, summary="调度器")).encode("gb18030")

    (entry,) = ical.read(response(body, content_type="text/calendar; charset=GB18030")).entries

    assert entry.title == "调度器"


@pytest.mark.parametrize("name", ["none", "idna", "undefined", "rot13"])
def test_a_character_set_that_is_none_is_not_believed(name):
    """Some that Python knows are no character sets of texts."""
    found = ical.read(response(calendar(event(1, summary="调度器")), content_type=f"text/calendar; charset={name}"))

    assert found.entries[0].title == "调度器"


def zone(name: str) -> str:
    """Return the lines that describe a zone, seven hours and a half ahead."""
    rule = "BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0730\nTZOFFSETTO:+0730\nEND:STANDARD\n"
    return f"BEGIN:VTIMEZONE\nTZID:{name}\n{rule}END:VTIMEZONE\n"


def test_a_zone_is_the_one_that_is_described_by_its_name():
    """Wherever it stands among others, one of which is broken."""
    head = f"{zone('x')}BEGIN:VTIMEZONE\nTZID:y\nEND:VTIMEZONE\n{zone('The office')}"

    found = [read_one(f"DTSTART;TZID={name}:20200107T090000", head=head) for name in ("x", "y", "z", "The office")]

    assert [entry.event.starts for entry in found] == [utc(7, 1, 30), utc(7, 9), utc(7, 9), utc(7, 1, 30)]


SLOW = {
    "what never ends": "BEGIN:VCALENDAR\n" + "BEGIN:A\n" * 100_000,
    "zones that never end": "BEGIN:VCALENDAR\n" + "BEGIN:VTIMEZONE\n" * 60_000,
    "zones within zones": calendar(event(1), head="BEGIN:VTIMEZONE\n" * 30_000 + "END:VTIMEZONE\n" * 30_000),
    "zones, and others that are asked for": calendar(
        *(f"SUMMARY:a\nDTSTART;TZID=Z{number}:20200107T090000" for number in range(500)),
        head="".join(zone(f"Y{number}") for number in range(500)),
    ),
    "zones that are asked for": calendar(
        *(f"SUMMARY:a\nDTSTART;TZID=Z{number}:20200107T090000" for number in range(500)),
        head="".join(zone(f"Z{number}") for number in range(500)),
    ),
}


@pytest.mark.parametrize("body", SLOW.values(), ids=SLOW)
def test_a_calendar_is_read_in_the_time_that_its_length_takes(body):
    began = time.process_time()

    ical.read(response(body))

    assert time.process_time() - began < 2


def test_of_two_revisions_the_later_counts():
    """By SEQUENCE, then by when it was modified; wherever they stand."""
    found = [
        event(1, sequence="2", summary="Third"),
        event(1, sequence="10", summary="Fourth"),
        event(1, summary="First"),
        event(2, last_modified="20191202T000000Z", summary="Later"),
        event(2, last_modified="20191201T000000Z", summary="Earlier"),
    ]

    for each in (found, found[::-1]):
        document = ical.read(response(calendar(*each)))
        assert sorted(entry.title for entry in document.entries) == ["Fourth", "Later"]


def test_what_stands_within_an_event_is_not_its_own():
    """An alarm has a description, too."""
    alarm = "BEGIN:VALARM\nDESCRIPTION:Wake up\nSUMMARY:Alarm\nEND:VALARM"

    assert read_one(alarm, event(1)).title == "Event 1"
    assert read_one(alarm, event(1)).content is None


REFUSED = {
    "a page": ("<!doctype html><p>BEGIN:VCALENDAR", "this is no calendar"),
    "nothing": ("", "this is no calendar"),
    "a card": ("BEGIN:VCARD\nEND:VCARD\n", "this is no calendar"),
    "events that are none": (calendar("DTSTAMP:20191210T100000Z", "UID:a"), "none of its 2 events can be read"),
}


@pytest.mark.parametrize(("body", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_calendar_is_refused(body, said):
    with pytest.raises(ReadingError, match=said):
        ical.read(response(body))


def test_a_calendar_that_was_cut_off_says_so():
    """Wherever that was."""
    whole = calendar(event(1), event(2))

    for size in range(len("BEGIN:VCALENDAR"), len(whole.rstrip()) - 3, 7):
        assert ical.read(response(whole[:size] + "\nSUMMARY:x")).flaw == "the calendar is cut off before its end"
    assert ical.read(response(whole)).flaw is None


def test_an_empty_calendar_takes_nothing_back():
    """A group that plans nothing right now has one; its answer is a part of what it ever says."""
    assert ical.read(response(calendar())).head == Head(partial=True)
    assert not ical.read(response(calendar(event(1)))).head.partial


MARKS = ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:VALARM", "END:VCALENDAR"]
NAMES = "DTSTART DTEND UID SUMMARY TZID DURATION CATEGORIES ORGANIZER DESCRIPTION TZOFFSETFROM".split()
PARAMS = ["", ";TZID=Europe/Berlin", ";TZID=x", ';CN="', ";VALUE=DATE"]
WRITTEN = st.text(max_size=12) | st.sampled_from(
    ["20200107T090000", "20200329T023000", "P1D", "\\", "mailto:a@b.example"]
)
PROPERTIES = st.tuples(st.sampled_from(NAMES), st.sampled_from(PARAMS), st.sampled_from([":", ""]), WRITTEN)
LINES = st.lists(st.sampled_from(MARKS) | PROPERTIES.map("".join), max_size=12)


@given(LINES)
@example(["BEGIN:VEVENT", "DTSTART;TZID=x:20200107T090000", "END:VEVENT", "BEGIN:VTIMEZONE", "TZID:x", "END:VTIMEZONE"])
@example(["END:VCALENDAR", "BEGIN:VEVENT", "BEGIN:VTIMEZONE"])
def test_whatever_a_calendar_holds_it_is_read_or_refused(lines):
    body = "\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"]).encode("utf-8", "surrogatepass")

    try:
        found = ical.read(response(body))
    except ReadingError:
        return
    assert isinstance(found, Document)
    assert all(entry.title or entry.event for entry in found.entries)


def test_of_a_calendar_without_an_end_the_latest_events_are_taken():
    """A hundred thousand of them, in a few seconds of computing; the soonest of those comes first."""
    at = datetime(2000, 1, 1, tzinfo=UTC)
    body = calendar(*(f"UID:{number}\nDTSTART:{at + number * HOUR:%Y%m%dT%H%M%SZ}" for number in range(100_000)))
    began = time.process_time()

    document = ical.read(response(body))

    assert time.process_time() - began < 10
    assert len(document.entries) == values.MOST_ENTRIES
    assert (document.entries[0].id, document.entries[-1].id) == (str(100_000 - values.MOST_ENTRIES), "99999")


def test_a_feed_that_is_a_calendar_says_so():
    """Who listed it as a feed learns what to write."""
    with pytest.raises(ReadingError, match=r"this is a calendar, not a feed; feeds\.yaml reads it with kind: ical"):
        feeds.read(response(calendar()))


# what a poll makes of it


OVER = {
    "it is over": (Event(TUESDAY - 2 * DAY, TUESDAY - DAY), True),
    "it ends now": (Event(TUESDAY - DAY, TUESDAY), True),
    "it goes on": (Event(TUESDAY - DAY, TUESDAY + HOUR), False),
    "it comes": (Event(TUESDAY + DAY), False),
    "it began today, and nobody says when it ends": (Event(TUESDAY - HOUR), False),
    "it began yesterday, and nobody says when it ends": (Event(TUESDAY - DAY), True),
}


@pytest.mark.parametrize(("one", "is_over"), OVER.values(), ids=OVER)
def test_which_events_are_backlog_of_a_new_feed(one, is_over):
    """Those that are over; when they were written down does not matter. With 0 days all are, with none set none."""
    said = identity.said(Document(Head(), (Entry(id="a", published=TUESDAY - 99 * DAY, event=one),), "ical"))
    new = [New(told) for told in said]

    found = [backlog.marked(new, days, TUESDAY)[0].backlog for days in (7, 0, None)]

    assert found == [is_over, True, False]


LISTED = f"  - {{name: cal, kind: ical, url: '{URL}'}}\n"


@pytest.fixture
def poll(store, internet, monkeypatch):
    """A function that polls a calendar that says these events."""
    polling = Polling(store, internet, monkeypatch)

    def poll(hours, *events):
        internet[URL] = response(calendar(*events))
        return polling(hours, feeds=LISTED)["cal"]

    return poll


def told(store) -> dict[str, str]:
    """Return the states of stories by their titles."""
    return {story.title: story.state for story in stories.find(store, Filter())}


def test_events_become_stories(store, poll):
    """What comes is news, what is over is backlog; the soonest of what comes stands on top."""
    found = poll(0, event(1, TUESDAY - DAY), event(3, TUESDAY + 9 * DAY), event(2, TUESDAY + DAY))

    assert found.counts == Counts(new=3, backlog=1)
    assert told(store) == {"Event 2": "new", "Event 3": "new", "Event 1": "backlog"}
    assert [story.title for story in stories.find(store, Filter(("new",)))] == ["Event 2", "Event 3"]
    (soonest,) = stories.get(store, [stories.find(store, Filter(("new",)))[0].number])
    assert soonest.primary.event == Event(TUESDAY + DAY, TUESDAY + DAY + HOUR)


def test_a_calendar_with_a_clock_changes_nothing(poll):
    """DTSTAMP is when it was written, which is at every visit."""
    for hour in range(3):
        found = poll(hour, event(1, dtstamp=f"20191210T1{hour}0000Z", last_modified=f"20191210T1{hour}0000Z"))

    assert isinstance(found.poll.outcome, Fetched)
    assert found.counts == Counts()


def test_an_event_that_is_put_off_is_the_same_with_news(store, poll):
    poll(0, event(1), event(2))

    found = poll(1, event(1, TUESDAY + 99 * DAY), event(2, status="CANCELLED"))

    assert found.counts == Counts(changed=2)
    assert len(told(store)) == 2


def test_a_window_of_what_is_planned_has_no_gap(poll):
    """One that tells only of the next events, and all of them have passed: neither gap nor hold."""
    poll(0, *(event(number) for number in range(6)))

    found = poll(1, *(event(number) for number in range(10, 16)))

    assert found.counts == Counts(new=6, gone=6)
    assert (found.after.gap_since, found.after.held_since) == (None, None)


def test_a_calendar_may_be_empty_for_a_while(store, poll):
    """Nothing is gone by that; one that was cut off fails."""
    poll(0, event(1))

    found = poll(1)

    assert (found.counts, found.after.state) == (Counts(), "ok")
    assert [story.entries[0].gone_since for story in stories.find(store, Filter())] == [None]


def test_a_broken_calendar_keeps_what_there_was(store, internet, poll, monkeypatch):
    poll(0, event(1))
    internet[URL] = response(calendar(event(1), end=""))

    found = Polling(store, internet, monkeypatch)(1, feeds=LISTED)["cal"]

    assert found.poll.outcome == Failed("the calendar is cut off before its end")
    assert told(store) == {"Event 1": "new"}
