"""Reading: every document of data/feeds says what the file beside it says, dates are right or none, nothing crashes."""

import json
import re
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feedhub.errors import ReadingError
from feedhub.model.document import Document
from feedhub.model.feed import Feed, FeedState, Response, Validators
from feedhub.model.written import to_json
from feedhub.reading import dates, feeds, syndication, values

FOLDER = Path(__file__).parent / "data" / "feeds"
SUFFIXES = (".rss", ".rdf", ".atom", ".json")
DOCUMENTS = sorted(
    path for path in FOLDER.iterdir() if path.suffix in SUFFIXES and path.with_suffix("").suffix not in SUFFIXES
)
URL = "https://a.example/feed"


def response(body: bytes | str, url: str = URL, **headers: str) -> Response:
    """Return an answer with a body."""
    return Response(200, url, headers, body.encode() if isinstance(body, str) else body)


def test_every_document_has_its_pair():
    """None is left over, and there are enough of them; or the next test would hold nothing."""
    expected = {path.with_name(path.name + ".json") for path in DOCUMENTS}

    assert len(DOCUMENTS) >= 25
    assert {*DOCUMENTS, *expected} == set(FOLDER.iterdir())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_reading(path):
    """A document says what the file beside it says; or it is refused, saying why."""
    expected = json.loads(path.with_name(path.name + ".json").read_text(encoding="utf-8"))

    try:
        found = to_json(feeds.read(response(path.read_bytes())))
    except ReadingError as error:
        found = {"error": str(error)}

    if "error" in expected and "error" in found:
        assert expected["error"] in found["error"]
    else:
        assert found == expected


# P11: what stands in a document, and when it was. Nothing is made up: a date that cannot be read is none.
DATES = {
    "": None,
    "   ": None,
    "Mon, 09 Dec 2019 10:11:12 +0000": "2019-12-09T10:11:12",
    "Mon, 09 Dec 2019 10:11:12 GMT": "2019-12-09T10:11:12",
    "9 Dec 2019 10:11:12 UT": "2019-12-09T10:11:12",
    "Mon, 9 Dec 2019 10:11 Z": "2019-12-09T10:11:00",
    "Mon, 09 Dec 2019 10:11:12 +0800": "2019-12-09T02:11:12",
    "Mon, 09 Dec 2019 10:11:12 -0330": "2019-12-09T13:41:12",
    "Mon, 09 Dec 2019 10:11:12 EDT": "2019-12-09T14:11:12",
    "Mon, 09 Dec 2019 10:11:12 XYZ": "2019-12-09T10:11:12",  # RFC 5322 section 4.3: an unknown zone is UTC
    "Mon, 09 Dec 2019 10:11:12": "2019-12-09T10:11:12",  # no zone is UTC
    "Mon, 09 Dec 2019 10:11:12 CEST": "2019-12-09T08:11:12",
    "Mon, 09 Dec 2019 10:11:12 GMT-07:00": "2019-12-09T17:11:12",
    "Mon, 09 Dec 2019 10:11:12 Asia/Shanghai": "2019-12-09T02:11:12",
    "Mon, 09 Dec 2019 10:11:12 ../Etc/passwd": None,
    "Sun, 08 Mar 2020 02:30:00 America/New_York": "2020-03-08T07:30:00",  # an hour that there was not
    "Mon, 09 Dec 2019 10:11:12 +9900": "2019-12-09T10:11:12",  # no such zone
    "Mon 09 Dec 2019 10:11:12 +0800": "2019-12-09T02:11:12",
    "Mon,09 Dec 2019 10:11:12 GMT": "2019-12-09T10:11:12",
    "Mon (nested (comments)), 9 Dec 2019 10:11 (am) GMT": "2019-12-09T10:11:00",
    "Monday, December 9, 2019 - 3:07pm": "2019-12-09T15:07:00",
    "9th December 2019 12:00 a.m.": "2019-12-09T00:00:00",
    "Tue, 09 Dec 2019 10:11:12 GMT": "2019-12-09T10:11:12",
    "Mon, 09 December 2019 10:11:12 GMT": "2019-12-09T10:11:12",
    "Mon, 09 Dec 19 10:11:12 GMT": "2019-12-09T10:11:12",
    "Mon, 09 Dec 99 10:11:12 GMT": "1999-12-09T10:11:12",
    "Thu, 01 Jan 1970 00:00:00 GMT": None,
    "Wed, 31 Dec 1969 23:59:59 GMT": None,
    "Mon, 01 Jan 0000 00:00:00 GMT": None,
    "Mon, 01 Jan 0001 00:00:00 GMT": None,
    "Tue, 19 Jan 2038 03:14:08 GMT": "2038-01-19T03:14:08",
    "Fri, 31 Dec 9999 23:59:59 GMT": None,
    "Fri, 31 Dec 99999 23:59:59 GMT": None,
    "Mon, 09 Dec 2019 25:00:00 GMT": None,
    "Mon, 31 Feb 2019 10:11:12 GMT": None,
    "Mon, 00 Dec 2019 10:11:12 GMT": None,
    "Mo, 09 Dez 2019 10:11:12 GMT": "2019-12-09T10:11:12",
    "lun., 09 déc. 2019 10:11:12 +0100": "2019-12-09T09:11:12",
    "9 juil. 2019 10:11 GMT": "2019-07-09T10:11:00",
    "9 juin 2019 10:11 GMT": "2019-06-09T10:11:00",
    "2019年12月9日 10:11": None,
    "Mon Dec  9 10:11:12 2019": "2019-12-09T10:11:12",
    "Mon Dec 09 10:11:12 +0800 2019": "2019-12-09T02:11:12",
    "2019-12-09T10:11:12Z": "2019-12-09T10:11:12",
    "2019-12-09T10:11Z": "2019-12-09T10:11:00",
    "2019-12-09T10:11:12.345678+08:00": "2019-12-09T02:11:12",
    "2019-12-09 10:11:12": "2019-12-09T10:11:12",
    "2019-12-09": "2019-12-09T00:00:00",
    "2019-12-09T10:11:12+0800": "2019-12-09T02:11:12",
    "2019-12-09T10:11:12 -05:00": "2019-12-09T15:11:12",
    "2019-12-09 10:11:12 +0800 CST": "2019-12-09T02:11:12",  # as Go prints a time
    "20191209T101112Z": "2019-12-09T10:11:12",
    "20191209": "2019-12-09T00:00:00",
    "2019-12": "2019-12-01T00:00:00",
    "2019-343": "2019-12-09T00:00:00",
    "2019-366": None,
    "2019-W50-1": "2019-12-09T00:00:00",
    "-0001-01-01T00:00:00Z": None,
    "0000-00-00 00:00:00": None,
    "2019-12-09T24:00:00Z": "2019-12-10T00:00:00",
    "2019-12-09T24:00:01Z": None,
    "2019-12-09T25:00:00Z": None,
    "2019-12-09T10:11:60Z": "2019-12-09T10:12:00",
    "2019-12-09T10:11:61Z": None,
    "1575886272": "2019-12-09T10:11:12",  # seconds since 1970
    "157588627": None,
    "12/09/2019": None,  # or the 12th of September
    "12/19/2019": "2019-12-19T00:00:00",
    "19/12/2019": "2019-12-19T00:00:00",
    "19/12/11": None,
    "9.12.2019 10:11": "2019-12-09T10:11:00",
    "19-12-09": None,
    "12-09T10:11:12Z": None,
    "yesterday": None,
    "9" * 400: None,
}


@pytest.mark.parametrize(("written", "time"), DATES.items(), ids=[key[:40] or "(empty)" for key in DATES])
def test_P11_dates_are_right_or_none(written, time):
    """In RSS and in Atom alike."""
    rss = f'<rss version="2.0"><channel><item><title>x</title><pubDate>{written}</pubDate></item></channel></rss>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><published>{written}</published></entry></feed>'

    found = [feeds.read(response(body)).entries[0].published for body in (rss, atom)]

    assert found == [time and datetime.fromisoformat(time + "+00:00")] * 2


JSON_DATES = {
    '"2019-12-09T10:11:12Z"': "2019-12-09T10:11:12",
    '" 2019-12-09T10:11:12.5+08:00 "': "2019-12-09T02:11:12",
    '"2019-12-09"': "2019-12-09T00:00:00",
    '"0001-01-01T00:00:00+23:59"': None,
    '"9999-12-31T23:59:59-23:59"': None,
    '"2019-13-01T00:00:00Z"': None,
    '"soon"': None,
    '""': None,
    "1575886272": None,
    "null": None,
    "[]": None,
}


@pytest.mark.parametrize(("written", "time"), JSON_DATES.items(), ids=JSON_DATES)
def test_P11_dates_of_json_feeds(written, time):
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": "1", "date_published": {written}}}]}}'

    (entry,) = feeds.read(response(body)).entries

    assert entry.published == (time and datetime.fromisoformat(time + "+00:00"))


@given(st.text(max_size=30))
@example("Mon, 09 Dec 2019 10:11:12 +99999999999999999999")
@example("2019-12-09T10:11:12+99:99")
def test_any_date_is_a_time_or_none(written):
    """Whatever stands there, it is a time that an issue can have, or none."""
    body = json.dumps({"version": "jsonfeed.org", "items": [{"date_published": written}]})
    escaped = written.replace("&", "&amp;").replace("<", "&lt;")
    rss = f'<rss version="2.0"><channel><item><title>x</title><pubDate>{escaped}</pubDate></item></channel></rss>'

    found = [feeds.read(response(each)).entries[0].published for each in (body, rss)]

    assert all(time is None or 1990 <= time.year < 2100 for time in found)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)), st.integers(-13 * 60, 13 * 60))
def test_P11_the_usual_dates_are_read_by_themselves_as_by_the_long_way(time, minutes):
    """In lower case they go the long way, and are the same."""
    zone = timezone(timedelta(minutes=minutes))
    local = time.replace(microsecond=0, tzinfo=zone)
    for written in (local.isoformat(), local.strftime("%a, %d %b %Y %H:%M:%S %z")):
        assert dates.moment(written) == dates.moment(written.lower()) == local


PIECES = """< > & ]]> <![CDATA[ <!DOCTYPE> &#0; &#55555555; &x; </item> </entry> <item> <title> <?xml <html> " { [
    null -1 1e999 \\ud800 \\u0000 <author> href=""".split()
PARTS = st.sampled_from(PIECES).map(str.encode)


@st.composite
def mutants(draw) -> bytes:
    """Documents of the folder with pieces cut out, repeated, moved, replaced."""
    body = draw(st.sampled_from([path.read_bytes() for path in DOCUMENTS]))
    for _ in range(draw(st.integers(1, 4))):
        start, end, other = sorted(draw(st.integers(0, len(body))) for _ in range(3))
        piece = draw(PARTS | st.binary(max_size=3) | st.just(body[end:other]))
        body = body[:start] + piece + draw(st.sampled_from([body[start:], body[end:], b""]))
    return body


TYPES = st.sampled_from(
    ["", "text/xml; charset=utf-7", "application/json", "text/html; charset=latin1", "x; charset=\x00"]
)


@settings(max_examples=150)
@given(st.binary(max_size=200) | mutants(), TYPES, st.sampled_from(["", URL, "http://[::1]:8/"]))
@example(b"{", "", "")
@example(
    b'{"version": "jsonfeed.org", "items": [{"id": NaN, "url": "//[", "date_published": "9999-12-31T23:59:59-01:00"}]}',
    "",
    "",
)
@example(b"<rss><channel><item><link>http://[</link></item></channel></rss>", "", URL)
@example(b"\xff\xfe<\x00r\x00s\x00s\x00", "", URL)
@example(b"<?xml version='1.0' encoding='rot13'?><rss><channel><item/></channel></rss>", "", URL)
@example(b"<?xml version='1.0' encoding='idna'?><rss><channel><item/></channel></rss>", "", URL)
def test_reading_raises_nothing_but_readingerror(body, kind, url):
    """For any bytes, any declared type; and reading the same again gives the same."""
    answer = response(body, url, **{"content-type": kind})

    read = outcome(answer)

    assert read == outcome(answer)
    assert isinstance(read, Document) or read.isprintable()


def outcome(answer: Response) -> Document | str:
    """Return what reading an answer comes to."""
    try:
        return feeds.read(answer)
    except ReadingError as error:
        return str(error)


GOOD = "<item><title>One fox</title><guid>1</guid></item><item><title>Two</title><guid>2</guid></item>"
BROKEN = {
    "cut in an entry": GOOD[:-30],
    "cut in a tag": GOOD[:-3],
    "unclosed": GOOD.replace("</title>", "").replace("fox", "fox & <b> < hound") + "</channel></rss>",
    "entities that there are not": GOOD.replace("fox", "f&nbsp;&bogus;x") + "</channel></rss>",
    "cut before its entries": "<title>t</title><item",
    "controls": GOOD.replace("fox", "f" + "".join(map(chr, range(32))) + "x") + "</channel></rss>",
    "references to controls": GOOD.replace("fox", "f&#0;&#8;&#xFFFE;&#xD800;&#55555555555;x") + "</channel></rss>",
}


@pytest.mark.parametrize("rest", BROKEN.values(), ids=BROKEN)
def test_P06_P08_what_is_broken_is_repaired_or_refused(rest):
    """Never is it an empty feed, which would be a silent success; and no text has a character that XML forbids."""
    found = outcome(response(f'<rss version="2.0"><channel>{rest}'))

    assert isinstance(found, str) or found.entries
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", str(found))


def test_P12_every_format_is_read_whole():
    """RSS 0.91 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed: all entries, and their links are addresses in full."""
    written = {path.name: path.read_bytes() for path in DOCUMENTS if not re.match("broken|trunc|.*deep", path.name)}
    read = {name: found for name, body in written.items() if isinstance(found := outcome(response(body)), Document)}

    assert {found.format for found in read.values()} >= set(
        "rss091u rss092 rss10 rss20 atom03 atom10 json1 json11".split()
    )
    for name, found in read.items():
        if not name.startswith(("json", "utf16")):
            assert len(found.entries) == len(re.findall(rb"<(?:item|entry)\b", written[name])), name
        assert all(entry.link is None or entry.link.startswith(("http://", "https://")) for entry in found.entries)


SLOW = {
    "an author": f"<author>x@{'a.' * 50_000}!</author>",
    "authors": f"<author>{'a.' * 400}@!</author>" * 500,
    "a date": f"<pubDate>{'1:' * 50_000}</pubDate>",
    "categories": "".join(f"<category>{number}</category>" for number in range(20_000)),
    "references": f"<description>{'&lt;' * 200_000}</description>",
    "tags in a title": f"<title>{'<a ' * 50_000}</title>",
    "references to a number": f"<title>&bogus;&#{'9' * 100_000};</title>",
}


@pytest.mark.parametrize("inner", SLOW.values(), ids=SLOW)
def test_P05_no_field_takes_long(inner):
    """feedparser alone takes minutes for some of these (its issue 562)."""
    body = f'<rss version="2.0"><channel><item><guid>1</guid>{inner}</item></channel></rss>'
    started = time.process_time()

    assert syndication.read(response(body)).entries
    assert time.process_time() - started < 2


def test_P05_a_declaration_without_end_takes_no_time():
    """feedparser looks for its encoding with a pattern that is cubic in it."""
    started = time.process_time()

    for start in (b"<?xml ", b"\xef\xbb\xbf<?xml "):
        with pytest.raises(ReadingError):
            syndication.read(response(start + b"encoding='a' " * 3_000 + b"><rss/>"))
    assert time.process_time() - started < 2


def test_P14_fields_are_cut_at_their_lengths():
    """A feed with a megabyte in every field does not fill the database."""
    long = "x" * 1_000_000
    rss = f"""<rss version="2.0"><channel><title>{long}</title><item><guid>{long}</guid><title>{long}</title>
        <link>https://a.example/{long}</link><description>{long}</description><author>{long[:3000]}</author>
        {"".join(f"<category>c{number}</category>" for number in range(500))}</item></channel></rss>"""

    document = feeds.read(response(rss))

    (entry,) = document.entries
    assert (len(document.head.title), len(entry.title)) == (values.LONGEST_TITLE, values.LONGEST_TITLE)
    assert (len(entry.id), entry.link) == (values.LONGEST_ID, None)
    assert (len(entry.text), len(entry.categories)) == (values.LONGEST_TEXT, values.MOST_OF_A_KIND)
    assert len(entry.authors[0].name) == values.LONGEST_TITLE


def test_a_file_of_that_name_is_not_read(tmp_path, monkeypatch):
    """A body that names a file is a body, not a file: feedparser would open it, given the chance."""
    (tmp_path / "secret").write_text('<rss version="2.0"><channel><title>SECRET</title></channel></rss>')
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ReadingError, match="no feed"):
        feeds.read(response(b"secret"))


VALIDATORS = {
    "none": (Validators(), {}),
    "an entity tag, weak or not": (Validators('W/"a b"'), {"If-None-Match": 'W/"a b"'}),
    "one without quotes, as it came": (Validators("abc"), {"If-None-Match": "abc"}),
    "a date, as it came": (Validators(None, "Tuesday"), {"If-Modified-Since": "Tuesday"}),
    "both": (
        Validators('"x"', "Mon, 09 Dec 2019 10:11:12 GMT"),
        {"If-None-Match": '"x"', "If-Modified-Since": "Mon, 09 Dec 2019 10:11:12 GMT"},
    ),
}


@pytest.mark.parametrize(("validators", "sent"), VALIDATORS.values(), ids=VALIDATORS)
def test_L03_validators_are_sent_as_they_were_given(validators, sent):
    state = FeedState(1, Feed("a", URL), validators=validators)

    request = feeds.first(state)

    headers = dict(request.headers)
    assert "application/atom+xml" in headers.pop("Accept")
    assert (request.url, headers) == (URL, sent)
    assert feeds.first(state, 5.0).after == 5.0
