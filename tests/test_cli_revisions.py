"""show --revisions: what entries said before, word by word, on terminals and elsewhere."""

import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from conftest import Reply, item, rss
from polling import Here

from feedhub.cli import revisions
from feedhub.model.document import Entry, Event
from feedhub.model.story import Revision, StoredEntry, Story
from feedhub.pollers import feeds as pollers


@pytest.fixture
def edited(weekly, server, monkeypatch):
    """Return what edits the one entry of a feed, polls it an hour later and returns the story's revisions."""
    monkeypatch.setattr(pollers, "Readers", Here)
    weekly.write(
        f"  - {{name: one, url: '{server.url}/feed', section: 业界要闻}}", f"network: {{allow: ['{server.host}']}}"
    )

    def edit(*states, **options):
        for fields in states:
            server.replies["/feed"] = Reply(rss(item(1, **{"pubDate": "Mon, 09 Dec 2019 08:00:00 GMT"} | fields)))
            weekly.run("poll", "--force")
            weekly.now += timedelta(hours=1)
        return weekly.run("show", "1", "--revisions", **options).stdout.rpartition("\n\n   1.1 until")[2]

    edit.weekly = weekly
    return edit


WAITS = {"title": "Drain waits", "description": "It waits 30 seconds."}
EDITS = {
    "a word of the text": (
        {"description": "It waits 5 seconds."},
        "Drain waits | text: It waits [-30-] {+5+} seconds.",
    ),
    "a word of the title": ({"title": "Drain waits less"}, "title: Drain waits {+less+}"),
    "the date": (
        {"pubDate": "Tue, 10 Dec 2019 09:30:00 GMT"},
        "Drain waits | published: [-2019-12-09 16:00-]{+2019-12-10 17:30+}",
    ),
    "the link": ({"link": "https://a.example/2"}, "Drain waits | link: https://a.example/[-1-]{+2+}"),
    "the text is gone": ({"description": ""}, "Drain waits | text: [-It waits 30 seconds.-]"),
    "markup is not what a reader reads": (
        {"description": "<![CDATA[<p>It waits <b>3</b> seconds.</p>]]>"},
        "Drain waits | text: It waits [-30-] {+3+} seconds.",
    ),
    "Chinese": ({"title": "驱逐等待"}, "title: [-Drain waits-]{+驱逐等待+}"),
}


@pytest.mark.parametrize(("fields", "expected"), EDITS.values(), ids=EDITS)
def test_what_changed_is_said(edited, fields, expected):
    """What stayed is left out, but for the title."""
    told = edited(WAITS, WAITS | fields)

    assert " | ".join(line.strip() for line in told.splitlines()[1:]) == expected


def test_each_revision_is_told_against_the_next(edited):
    """The latest first."""
    told = edited(WAITS, WAITS | {"title": "Drain waits less"}, WAITS | {"title": "Drain waits more"})
    whole = edited.weekly.run("show", "1", "--revisions").stdout

    assert "title: Drain waits {+less+}" in told
    assert re.findall(r"title: (.*)", whole) == ["Drain waits [-less-]{+more+}", "Drain waits {+less+}"]
    assert [old["title"] for old in edited.weekly.json("show", "1")[0]["revisions"]] == [
        "Drain waits less",
        "Drain waits",
    ]


def test_long_stretches_are_cut(edited):
    """To some words around what changed."""
    many = " ".join(f"word{number}" for number in range(200))

    told = edited(WAITS | {"description": f"{many} old {many}"}, WAITS | {"description": f"{many} new {many}"})

    assert "word199 [-old-]{+new+} word0" in re.sub(r"\] \{", "]{", told)
    assert len(told) < 400


def test_what_upstream_says_does_not_drive_the_terminal(edited):
    """Control characters are replaced in what is gone and in what has come."""
    told = edited(WAITS, WAITS | {"title": "Drain \u202eevil&#27;[31m"})

    assert not re.search("[\x1b\u202e]", told)


def shown(weekly, **environment):
    """Run show in a process whose stdout is a terminal, and return what came."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "feedhub", "--hub", str(weekly.folder), "show", "1", "--revisions"]
    env = {**os.environ, "FEEDHUB_NOW": weekly.now.isoformat(), "FEEDHUB_EDITOR": "ed1", "TERM": "xterm", **environment}
    subprocess.run(command, env=env, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 65_536):
            said += part
    except OSError:  # Linux says so at the end of a terminal.
        pass
    os.close(ours)
    return said.decode()


def test_colours_on_a_terminal(edited):
    """And marks where it may have none."""
    edited(WAITS, WAITS | {"title": "Drain hurries"})

    assert "title: Drain \x1b[31m\x1b[9mwaits\x1b[0m\x1b[32mhurries\x1b[0m" in shown(edited.weekly)
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "title: Drain [-waits-]{+hurries+}" in shown(edited.weekly, **plain)


PEKING = ZoneInfo("Asia/Shanghai")
NINE, NOON = datetime(2019, 12, 9, 1, tzinfo=UTC), datetime(2019, 12, 9, 4, tzinfo=UTC)
DAY, TWO_ON = datetime(2019, 12, 9, tzinfo=UTC), datetime(2019, 12, 11, tzinfo=UTC)
EVENTS = {
    "from then on": (Event(NINE), "2019-12-09 09:00"),
    "from then to then": (Event(NINE, NOON), "2019-12-09 09:00 to 2019-12-09 12:00"),
    "where, and whether it is": (
        Event(NINE, place="Hall 1", status="cancelled"),
        "2019-12-09 09:00, Hall 1, cancelled",
    ),
    "a day": (Event(DAY, DAY + timedelta(days=1), all_day=True), "2019-12-09"),
    "a day without an end": (Event(DAY, all_day=True), "2019-12-09"),
    "two days": (Event(DAY, TWO_ON, all_day=True), "2019-12-09 to 2019-12-10"),
}


@pytest.mark.parametrize(("event", "expected"), EVENTS.values(), ids=EVENTS)
def test_an_event_is_told(event, expected):
    """Times in the newsletter's zone; the days of one that takes all day are the same everywhere."""
    assert revisions.event_text(event, PEKING) == expected


def test_a_postponed_event_says_what_it_was(capsys):
    """When, where, and whether."""
    before = Entry(title="KubeCon", event=Event(NINE, NOON, place="Hall 1", status="confirmed"))
    now = replace(before, event=Event(NINE + timedelta(days=30), place="Hall 2", status="tentative"))
    story = Story(7, "uid", "new", (StoredEntry(1, 1, "a", now, NINE),), NINE)

    revisions.show(story, [Revision(1, NOON, before)], PEKING)

    assert capsys.readouterr().out.splitlines()[2:] == [
        "      KubeCon",
        "      when: [-2019-12-09 09:00 to 2019-12-09 12:00-]{+2020-01-08 09:00+}",
        "      place: Hall [-1-]{+2+}",
        "      status: [-confirmed-]{+tentative+}",
    ]
