"""What reaches a terminal: fetched text that cannot drive it, JSON that escapes it, pipes that close."""

import json
import re
import subprocess
import sys

import pytest
from conftest import Reply

# All that moves a cursor, colours a line or turns its direction around: C0 but line ends, DEL, C1, bidi.
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
ODD = "evil \x9b31mred\x85next \u202egnp.exe\u2066 \u2028line"


@pytest.fixture
def odd(weekly, server):
    """A weekly with one story whose title, author and text hold control characters that XML allows."""
    told = {"id": "1", "url": "https://a.example/1", "title": ODD, "content_html": f"<p>{ODD}</p>"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": ODD, "items": [told | {"authors": [{"name": ODD}]}]}
    server.replies["/feed"] = Reply(json.dumps(feed))
    weekly.write(
        f"  - {{name: odd, url: '{server.url}/feed', section: 业界要闻}}", f"network: {{allow: ['{server.host}']}}\n"
    )
    weekly.run("poll")
    return weekly


SHOWING = {
    "list": ["list"],
    "show": ["show", "1"],
    "show as HTML": ["show", "1", "--html"],
    "show with revisions": ["show", "1", "--revisions"],
    "why": ["why", "1"],
    "search": ["search", "evil"],
    "status": ["status"],
    "tag": ["tag", "1", "--add", "x"],
    "shortlist": ["shortlist", "1"],
    "drop": ["drop", "1"],
    "annotate": ["annotate", "1", "--text", "x"],
}


@pytest.mark.parametrize("arguments", SHOWING.values(), ids=SHOWING)
def test_T01_fetched_text_does_not_drive_the_terminal(odd, arguments):
    """Neither on stdout nor on stderr."""
    found = odd.run(*arguments)

    assert "evil" in found.output or arguments[0] in ("status", "annotate")
    assert not CONTROLS.search(found.output)


@pytest.mark.parametrize("arguments", [["publish", "--dry-run"], ["publish"]], ids=["dry run", "publish"])
def test_T01_nor_does_an_issue_that_is_published(odd, arguments):
    """Its title leads with a story's, and is said."""
    odd.run("pick", "1")

    found = odd.run(*arguments)

    assert "evil" in found.stdout
    assert not CONTROLS.search(found.output)


@pytest.mark.parametrize("arguments", [["list"], ["show", "1"], ["search", "evil"], ["publish"]], ids=lambda a: a[0])
def test_T02_json_escapes_what_drives_a_terminal(odd, arguments):
    """It stays one object a line for every reader of lines, and says all that the feed said, C1 controls aside."""
    if arguments == ["publish"]:
        odd.run("pick", "1")

    found = odd.run(*arguments, "--json").stdout

    assert not CONTROLS.search(found)
    assert len(found.splitlines()) == 1
    told = json.loads(found)
    assert "next \u202egnp.exe\u2066" in (told.get("title") or told["issue"]["title"])


def test_T06_a_reader_that_has_enough_is_no_error(newsroom):
    """`feedhub list | true`: exit 141, no traceback, nothing on stderr."""
    command = [sys.executable, "-m", "feedhub", "--hub", str(newsroom.folder), "list", "--all"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        said = process.stderr.read()

    assert (process.returncode, said) == (141, b"")


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}, {"TERM": "dumb"}]
)
def test_T08_a_poor_terminal_is_no_reason_to_crash(newsroom, environment):
    """Chinese titles in an ASCII locale: something is shown, and the exit code is 0."""
    found = newsroom.process("list", "--all", **environment)

    assert (found.returncode, found.stdout.count("\n")) == (0, 7), found.stderr
