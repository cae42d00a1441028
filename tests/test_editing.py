"""feeds.yaml edited: what comes and goes does, and everything else stays byte for byte."""

import difflib
import stat
from functools import partial
from pathlib import Path

import pytest
from hubs import HEAD
from hypothesis import given
from hypothesis import strategies as st

from feedhub.config import editing, parse
from feedhub.errors import ChangedMeanwhileError, StorageError, UnknownNameError, UsageError
from feedhub.model.feed import Feed

NEW = Feed("new", "https://new.example/feed?a=1&b=$NEW_SECRET", section="News", tags=("x", "y"), backlog=None)
LINES = [
    "  - name: new",
    "    url: https://new.example/feed?a=1&b=$NEW_SECRET",
    "    section: News",
    "    tags: [x, y]",
    "    backlog: all",
]
THREE = """feeds:
  # the foundation
  - name: a  # the first
    url: "https://a.example/"   # quoted
    tags:
      - one
      # inside
      - two
  # in between

  - {name: b, url: 'https://b.example/'}
  -
    url: https://c.example/
    name: c
  # at the end
network: {per_host: 2}   # no line break follows"""


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that went and those that came."""
    lines = list(difflib.ndiff(before.splitlines(), after.splitlines()))
    return [line[2:] for line in lines if line[:1] == "-"], [line[2:] for line in lines if line[:1] == "+"]


ADDED = {
    "no list yet": ("", ["", "feeds:", *LINES]),
    "no line break at the end": ("  tagline: x", ["", "feeds:", *LINES]),
    "behind the last one": (THREE, LINES),
    "a list that is not indented": (
        "feeds:\n- name: a  # x\n  url: https://a.example/\n# end\n",
        [line[2:] for line in LINES],
    ),
}


@pytest.mark.parametrize(("there", "came"), ADDED.values(), ids=ADDED)
def test_a_feed_comes_last_and_nothing_else_changes(there, came):
    """Remarks, order, quotes and blank lines stay; its keys are in their usual order."""
    after = editing.with_feeds(HEAD + there, [NEW])

    assert changed(HEAD + there, after) == ([], came)
    assert parse(after).feeds[-1] == NEW


FLOW = {
    "nothing behind the key": (
        "feeds:  # none\nkeep: 400d\n",
        "feeds:  # none\n  - name: m\n    url: https://m.example/\nkeep: 400d\n",
    ),
    "an empty one": ("feeds: []  # none\n", "feeds:  # none\n  - name: m\n    url: https://m.example/\n"),
    "one feed": (
        "feeds: [{name: a, url: https://a.example/}]\n",
        "feeds: [{name: a, url: https://a.example/}, {name: m, url: https://m.example/}]\n",
    ),
    "a comma behind the last": (
        "feeds: [\n  {name: a, url: 'https://a.example/'}, # x\n]\n",
        "feeds: [\n  {name: a, url: 'https://a.example/'}, {name: m, url: https://m.example/}, # x\n]\n",
    ),
    "line ends of Windows": (
        "feeds:\r\n  - {name: a, url: https://a.example/}\r\n",
        "feeds:\r\n  - {name: a, url: https://a.example/}\r\n  - name: m\r\n    url: https://m.example/\r\n",
    ),
}


@pytest.mark.parametrize(("there", "after"), FLOW.values(), ids=FLOW)
def test_a_list_keeps_its_style(there, after):
    """One in brackets stays in brackets, one with CR LF keeps them."""
    head = HEAD.replace("\n", "\r\n") if "\r\n" in there else HEAD

    assert editing.with_feeds(head + there, [Feed("m", "https://m.example/")]) == head + after


REMOVED = {"a": (2, 8), "b": (10, 11), "c": (11, 14)}


@pytest.mark.parametrize(("name", "lines"), REMOVED.items())
def test_a_feed_goes_with_its_lines_and_no_others(name, lines):
    """What stands on a line of its own beside it was written about others."""
    every = THREE.splitlines(keepends=True)

    assert editing.without_feed(HEAD + THREE, name) == HEAD + "".join([*every[: lines[0]], *every[lines[1] :]])


def test_the_last_feed_leaves_an_empty_list():
    """`feeds:` alone would be no list, and stop every command."""
    text = THREE
    for name in "bca":
        text = editing.without_feed(HEAD + text, name).removeprefix(HEAD)

    assert text.splitlines()[:2] == ["feeds: []", "  # the foundation"]
    assert editing.without_feed(HEAD + "feeds: [{name: a, url: https://a.example/}]", "a") == HEAD + "feeds: []"
    with pytest.raises(UnknownNameError, match="there is no feed 'd'"):
        editing.without_feed(HEAD + THREE, "d")


MOVED = {
    "a": ('"https://a.example/"   # quoted', '"https://x.example/?a: b"   # quoted'),
    "b": ("'https://b.example/'}", "'https://x.example/?a: b'}"),
    "c": ("https://c.example/", '"https://x.example/?a: b"'),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_feed_moves_and_its_quotes_stay(name):
    """The address alone is another one; it gets quotes when it needs them."""
    assert editing.with_address(HEAD + THREE, name, "https://x.example/?a: b") == HEAD + THREE.replace(*MOVED[name])


STRANGE = {
    "an anchor": "feeds:\n  - &a {name: a, url: https://a.example/}\n  - {name: b, url: &u https://b.example/}\n"
    "  - {name: c, url: *u}\n",
    "an alias for a feed's tags": "feeds:\n  - {name: a, url: https://a.example/, tags: &t [x]}\n"
    "  - {name: b, url: https://b.example/, tags: *t}\n",
}  # fmt: skip


@pytest.mark.parametrize("there", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("name", "abc")
def test_what_cannot_be_edited_is_refused(there, name):
    """No edit says anything but what was asked for: it is exactly that, or an error."""
    for edit in (editing.without_feed, partial(editing.with_address, url="https://z.example/")):
        try:
            after = parse(edit(HEAD + there, name=name)).feeds
        except UsageError:
            continue
        rest = {feed for feed in after if feed.name != name}
        assert rest == {feed for feed in parse(HEAD + there).feeds if feed.name != name}


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), st.sampled_from(["null", "yes", "1.0", "0x1"])
)
def test_whatever_a_feed_is_called_reads_back(tag, name):
    """YAML takes some words for something else; what is written is what was meant, or it is refused."""
    feed = Feed(name, "https://a.example/#x", tags=(tag,))

    assert parse(editing.with_feeds(HEAD, [feed])).feeds == (feed,)


# the file


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "feeds.yaml"
    file.write_bytes((HEAD + THREE).encode())
    file.chmod(0o640)
    return file


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_the_file_is_replaced_whole_and_keeps_its_mode(path):
    """By rename; a symbolic link to it stays one; nothing is left beside it."""
    link, was = path.parent / "link.yaml", path.stat().st_ino
    link.symlink_to(path)
    editing.rewrite(link, partial(editing.without_feed, name="a"))

    assert [feed.name for feed in parse(path.read_text()).feeds] == ["b", "c"]
    assert (stat.S_IMODE(path.stat().st_mode), path.stat().st_ino == was, link.is_symlink()) == (0o640, False, True)
    assert names(path.parent) == ["feeds.yaml", "link.yaml"]


def test_an_edit_that_would_break_it_changes_nothing(path):
    """What cannot be read back never becomes feeds.yaml, and nobody's change meanwhile is written over."""
    before = path.read_bytes()

    def meanwhile(text: str) -> str:
        path.write_bytes(before + b"\n# me too\n")
        return text + "\n# mine\n"

    with pytest.raises(UsageError):
        editing.rewrite(path, partial(editing.with_feeds, feeds=[Feed("x", "https://a.example/?token=s3cr3t")]))
    assert path.read_bytes() == before
    with pytest.raises(ChangedMeanwhileError, match="somebody else"):
        editing.rewrite(path, meanwhile)
    assert path.read_bytes() == before + b"\n# me too\n"
    with pytest.raises((StorageError, UsageError)):
        editing.rewrite(path.parent / "missing.yaml", meanwhile)
    assert names(path.parent) == ["feeds.yaml"]
