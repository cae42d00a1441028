"""OPML in and out: lists from elsewhere are read safely, ours come back as they were."""

import json
import re
import subprocess
import sys

import pytest
from conftest import Reply, Weekly, item, rss

from feedhub.errors import ReadingError
from feedhub.reading import opml


def listing(body: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<opml version="2.0"><body>{body}</body></opml>'.encode()


def one(url: str, more: str = "") -> str:
    return f'<outline type="rss" text="T" xmlUrl="{url}" {more}/>'


A = "https://a.example/"
READ = {
    "a feed": (one(f"{A}?x=1&amp;y=2"), [(f"{A}?x=1&y=2", (), None)]),
    "in folders": (
        f'<outline text="上游"><outline title="K">{one(A)}</outline>{one(A)}</outline>',
        [(A, ("上游", "K"), None), (A, ("上游",), None)],
    ),
    "in a category": (one(A, 'category="/x/y,tag"'), [(A, ("x", "y"), None)]),
    "a bare &": (f'<outline text="F">{one(f"{A}?x&y")}</outline>', [(f"{A}?x&y", ("F",), None)]),
    "cut off": (one(A) + '<outline type="rss', [(A, (), None)]),
    "feed:": (
        one("feed://a.example/") + one("feed:http://b.example/"),
        [(A, (), None), ("http://b.example/", (), None)],
    ),
    "no address": ('<outline type="rss" text="T"/>', [("", (), "it has no address")]),
    "another list": ('<outline type="include" text="T" url="http://127.0.0.1:9/x"/>', []),
}
SCHEMES = "file:///etc/passwd |id exec:ls filter:x:https://a.example/ javascript:x data:,x ftp://a.example/ /x".split()


@pytest.mark.parametrize(("body", "outlines"), READ.values(), ids=READ)
def test_what_a_list_says(body, outlines):
    """Titles, addresses and folders, also of the third of all lists that is not well-formed."""
    found = opml.read(listing(body)).outlines

    assert [(outline.url, outline.folders, outline.refused) for outline in found] == outlines
    assert {outline.title for outline in found} <= {"T"}


@pytest.mark.parametrize("url", SCHEMES)
def test_G03_only_the_web_is_taken(url):
    """Commands, filters, scripts and files are named with the reason why they are refused."""
    (found,) = opml.read(listing(one(url))).outlines

    assert found.refused == "only http and https addresses are visited"


ENTITY = '<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = "<!DOCTYPE opml [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;'>]>"
HOSTILE = {
    "an external entity": (listing('<outline text="&x;" xmlUrl="https://a.example/"/>', ENTITY), "entities"),
    "entities of entities": (listing('<outline text="&c;" xmlUrl="https://a.example/"/>', LAUGHS), "entities"),
    "one tag that is all of it": (listing(f'<outline text="{"x" * 70_000}" xmlUrl="https://a.example/"/>'), "64 KiB"),
    "very long": (b" " * (17 << 20), "larger than 16 MiB"),
    "long and broken": (listing(one("https://a.example/?a&b") * 5_000), "too long to be read all the same"),
    "a feed": (rss().encode(), "no OPML"),
    "nothing": (b"", "no OPML"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_G03_what_is_no_safe_list_is_refused_whole(body, reason):
    """In one line that says why."""
    with pytest.raises(ReadingError, match=reason):
        opml.read(body)


LARGE = """
import re, sys, time
from feedhub.reading import opml
one = '<outline type="rss" text="T" xmlUrl="https://a.example/%d"/>'
bodies = {
    "wide": "".join(one % number for number in range(100_000)),
    "deep": '<outline text="d">' * 10_000 + one % 1 + "</outline>" * 10_000,
    "deep feeds": '<outline text="d" xmlUrl="https://a.example/">' * 10_000 + "</outline>" * 10_000,
    "broken": '<outline text="d">' * 2_000 + '<outline text="d" xmlUrl="https://a.example/?&"/>' * 1_900,
}
began = time.process_time()
found = opml.read(f'<opml version="2.0"><body>{bodies[sys.argv[1]]}</body></opml>'.encode())
# Not ru_maxrss, which counts what the parent had when it forked.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10
print(len(found.outlines), found.left_out, time.process_time() - began < 5, peak < 200)
"""


TAKEN = {"wide": (10_000, 90_000), "deep": (1, 0), "deep feeds": (10_000, 0), "broken": (1, 0)}


@pytest.mark.parametrize("kind", TAKEN)
def test_G03_a_very_large_list_is_bounded(kind):
    """100,000 outlines, or 10,000 in one another, take at most 5 s and 200 MB; what is too much is counted."""
    found = subprocess.run([sys.executable, "-c", LARGE, kind], capture_output=True, text=True, check=True)

    assert found.stdout.split() == [*map(str, TAKEN[kind]), "True", "True"]


def test_G03_real_lists(shared):
    """Every list of the shared material is read, and what is refused in it is no address of the web."""
    files = [file for file in (shared / "data" / "opml").glob("**/*.opml") if file.stem != "invalid"]
    found = [outline for file in files for outline in opml.read(file.read_bytes()).outlines]

    assert len(files) > 50
    assert [outline.url for outline in found if outline.refused] == ["|~/fetch_tweets.py"]


@pytest.mark.parametrize("name", ["laughs", "xxe"])
def test_G03_hostile_lists(shared, name):
    """What declares entities is refused."""
    with pytest.raises(ReadingError, match="entities"):
        opml.read((shared / "data" / "hostile" / "opml-hostile" / f"{name}.opml").read_bytes())


# the commands


def test_G04_what_is_exported_comes_back_as_it_was(weekly, server, tmp_path):
    """Names, titles, sites, folders and tags; a secret stays the $NAME that stands for it, and is in no output."""
    server.replies["/a?key=s3cr3t"] = Reply(rss(item(1), title="云 & <原生>"))
    lines = [
        f"  - {{name: a, url: '{server.url}/a?key=s3cr3t', section: up/Kubernetes, tags: [x, y]}}",
        f"  - {{name: b, url: '{server.url}/b'}}",
    ]
    weekly.write("\n".join(lines), f"network: {{allow: ['{server.host}']}}\n")
    weekly.run("poll", code=1)
    first = weekly.run("feed", "export", "-").stdout
    other = Weekly(tmp_path / "other")
    other.folder.mkdir()
    other.write()

    (tmp_path / "list.opml").write_text(first, encoding="utf-8")
    dry = other.json("feed", "import", str(tmp_path / "list.opml"), "--dry-run")
    untouched = sorted(file.name for file in other.folder.iterdir())
    other.run("feed", "import", str(tmp_path / "list.opml"))

    assert [(line["name"], line["title"], line["section"], line["tags"]) for line in dry] == [
        ("b", "b", None, []),
        ("a", "云 & <原生>", "upstream/Kubernetes", ["x", "y"]),
    ]
    assert untouched == ["feeds.yaml"]
    assert other.run("feed", "export", "-").stdout == first
    assert re.search(r'xmlUrl="[^"]*\?key=\$A_SECRET" htmlUrl="https://a.example/"', first)
    assert "s3cr3t" not in first + json.dumps(dry)


def test_G03_a_list_is_added_once_and_gets_no_secret_of_ours(weekly, tmp_path):
    """A second import adds nothing; an address that names one of our secrets is refused; one in the clear is kept."""
    urls = [A, "HTTP://A.example:80/", "https://evil.example/?x=$HOME", "https://ann:s3cr3t@b.example/f", "file:///x"]
    folder = f'<outline text="Nowhere">{one("https://c.example/")}</outline>'
    file = tmp_path / "list.opml"
    file.write_bytes(listing("".join(map(one, urls)) + folder))

    found = weekly.run("feed", "import", str(file))
    again = weekly.run("feed", "import", str(file))

    assert [line.split() for line in found.stdout.splitlines()] == [
        ["a.example", "-", A],
        ["b.example", "-", "https://ann:***@b.example/f"],
        ["c.example", "-", "https://c.example/"],
    ]
    assert "it names a secret that is not its own: $HOME" in found.stderr
    assert "no section has the name of these folders, so their feeds have none: Nowhere" in found.stderr
    assert "0 feeds added, 6 refused" in again.stderr
    assert (weekly.folder / "db" / "secrets.env").read_text() == "B_EXAMPLE_SECRET=s3cr3t\n"
    assert "s3cr3t" not in (weekly.folder / "feeds.yaml").read_text() + found.output + again.output
