"""feeds.yaml, edited: one entry comes, goes or gets another address, and every other byte stays as it was.

The home of ruamel.yaml, which says where in the text things stand and how new ones are written. Nothing is replaced
before the new text was read back and says what it should.
"""

import contextlib
import io
import os
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import CollectionNode, MappingNode, Node, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, SingleQuotedScalarString

from feedhub.config import parse
from feedhub.errors import ChangedMeanwhileError, ConfigurationError, StorageError, UnknownNameError, UsageError
from feedhub.model.feed import Feed
from feedhub.model.hub import Hub

_PLAIN = re.compile(r"(?!(?i:null|true|false|yes|no|on|off)$)[^\W\d_](?:[\w./?&=$%~+@-]|:(?=[/\w$])| (?=\w))*")
_NOT_LIKE_THIS = "feeds.yaml is written in a way that feedhub does not edit; change it by hand"


def rewrite(path: Path, edit: Callable[[str], str]) -> None:
    """Edit feeds.yaml, whole or not at all; its mode stays. ChangedMeanwhileError when somebody else was faster."""
    path = path.resolve()  # A link to it stays a link.
    try:
        before = path.read_bytes()
        text = edit(before.decode("utf-8-sig"))
        bom = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
        _replace(path, before, bom + text.encode())
    except (FileNotFoundError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be edited: {error}") from error
    except OSError as error:
        raise StorageError(f"{path} could not be written: {error.strerror or error}") from error


_NOTHING_LISTED = re.compile(r"^feeds:[ \t]*(?:#[^\n]*)?(?=\r?$)", re.MULTILINE)
"""`feeds:` with nothing behind it."""


def with_feeds(text: str, feeds: Sequence[Feed]) -> str:
    """Return the text of a feeds.yaml with more feeds at the end of its list."""
    if not feeds:
        return text
    before = parse(text)
    listed = _listed(text)
    empty = _NOTHING_LISTED.search(text)
    if listed is None and empty:
        new = _spliced(text, empty.end(), empty.end(), "\n" + _block(feeds, 2).rstrip("\n"))
    elif listed is None:
        new = f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}\nfeeds:\n{_block(feeds, 2)}"
    elif not listed.value:
        place = _line_end(text, _end(listed))
        block = _block(feeds, 2).rstrip("\n")
        new = f"{text[: _start(listed)].rstrip(' ')}{text[_end(listed) : place]}\n{block}{text[place:]}"
    elif listed.flow_style:
        place = _end(listed.value[-1])
        new = _spliced(text, place, place, f", {_flow(feeds)}")
    else:
        place = _line_end(text, _end(listed.value[-1]))
        block = _block(feeds, listed.start_mark.column).rstrip("\n")
        new = _spliced(text, place, place, f"\n{block}")
    return _checked(_same_ends(text, new), replace(before, feeds=(*before.feeds, *feeds)))


def without_feed(text: str, name: str) -> str:
    """Return the text of a feeds.yaml without a feed; remarks on lines of their own stay."""
    before = parse(text)
    listed, entry = _entry(text, before, name)
    place = listed.value.index(entry)
    if len(listed.value) == 1:
        new = _emptied(text, listed, entry)
    elif listed.flow_style:
        start = _end(listed.value[place - 1]) if place else _start(entry)
        new = _spliced(text, start, _end(entry) if place else _start(listed.value[1]), "")
    else:
        new = _without_lines(text, entry)
    return _checked(new, replace(before, feeds=tuple(feed for feed in before.feeds if feed.name != name)))


def with_address(text: str, name: str, url: str) -> str:
    """Return the text of a feeds.yaml in which a feed has another address."""
    before = parse(text)
    _, entry = _entry(text, before, name)
    value = next(value for key, value in entry.value if key.value == "url")
    new = _spliced(text, _start(value), _end(value), _scalar(url, value.style))
    feeds = (replace(feed, url=url) if feed.name == name else feed for feed in before.feeds)
    return _checked(new, replace(before, feeds=tuple(feeds)))


def _replace(path: Path, before: bytes, after: bytes) -> None:
    """Write beside the file, to the disk, then rename, unless somebody changed it since it was read."""
    file, beside = tempfile.mkstemp(prefix=".feedhub-unfinished-", dir=path.parent)
    try:
        with os.fdopen(file, "wb") as stream:
            stream.write(after)
            stream.flush()
            known = path.stat()
            os.fchmod(stream.fileno(), known.st_mode & 0o7777)
            with contextlib.suppress(PermissionError):
                os.fchown(stream.fileno(), known.st_uid, known.st_gid)
            os.fsync(stream.fileno())
        if path.read_bytes() != before:
            raise ChangedMeanwhileError(f"{path} was changed by somebody else meanwhile; try again")
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(beside).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _checked(text: str, expected: Hub) -> str:
    """Return the text, if it says what it should: YAML knows ways to write a list that are not edited like this."""
    try:
        found = parse(text, "feeds.yaml, as it would be")
    except ConfigurationError as error:
        raise UsageError(f"{_NOT_LIKE_THIS} ({error})") from None
    # What is tucked away depends on what stands in the clear, and that on what is listed.
    if replace(found, secrets={}) != replace(expected, secrets={}):
        raise UsageError(_NOT_LIKE_THIS)
    return text


def _listed(text: str) -> SequenceNode | None:
    """Return the list of feeds as it stands in the text, or None where there is none yet."""
    try:
        root = YAML().compose(text)
    except YAMLError as error:  # YAML 1.2 forbids a little of what 1.1 allows, and feeds.yaml is read as 1.1.
        raise UsageError(f"{_NOT_LIKE_THIS} ({type(error).__name__})") from None
    pairs = root.value if isinstance(root, MappingNode) else []
    return next((value for key, value in pairs if key.value == "feeds" and isinstance(value, SequenceNode)), None)


def _entry(text: str, hub: Hub, name: str) -> tuple[SequenceNode, MappingNode]:
    """Return the list, and the entry of a feed in it; UnknownNameError when there is none of that name."""
    names = [feed.name for feed in hub.feeds]
    if name not in names:
        raise UnknownNameError("feed", name, names)
    listed = _listed(text)
    assert listed is not None  # noqa: S101 - the reader has found feeds in it
    return listed, listed.value[names.index(name)]


def _emptied(text: str, listed: SequenceNode, entry: Node) -> str:
    """Return the text with an empty list: `feeds:` alone would be no list."""
    if listed.flow_style:
        return _spliced(text, _start(listed), _end(listed), "[]")
    new = _without_lines(text, entry)
    place = new.index(":", new.rindex("feeds", 0, _start(listed))) + 1
    return _spliced(new, place, place, " []")


def _without_lines(text: str, entry: Node) -> str:
    """Take out the lines of an entry in block style, from its dash on."""
    dash = text.rindex("-", 0, _start(entry))
    end = _line_end(text, _end(entry))
    return _spliced(text, text.rfind("\n", 0, dash) + 1, min(end + 1, len(text)), "")


def _end(node: Node) -> int:
    """Return where what a node says ends: a block's own mark lies behind the remarks that follow it."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _start(node: Node) -> int:
    return int(node.start_mark.index)


def _line_end(text: str, place: int) -> int:
    """Return where the line ends, without its line break."""
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _spliced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _same_ends(text: str, new: str) -> str:
    """Give new lines the line ends of the old ones."""
    return new.replace("\r\n", "\n").replace("\n", "\r\n") if "\r\n" in text else new


def _block(feeds: Sequence[Feed], column: int) -> str:
    """Return feeds as a list in block style whose dashes stand in a column."""
    space = " " * column
    return "".join(f"{space}- " + f"\n{space}  ".join(_said(feed)) + "\n" for feed in feeds)


def _flow(feeds: Sequence[Feed]) -> str:
    return ", ".join(f"{{{', '.join(_said(feed))}}}" for feed in feeds)


def _said(feed: Feed) -> list[str]:
    """Return the keys and values that feeds.yaml has of a feed; what is as usual goes without saying."""
    backlog = {None: "all", 0: "none", 7: ""}.get(feed.backlog, str(feed.backlog))
    said = {
        "name": _scalar(feed.name),
        "kind": feed.kind if feed.kind != "feed" else None,
        "url": _scalar(feed.url),
        "section": feed.section and _scalar(feed.section),
        "tags": feed.tags and f"[{', '.join(map(_scalar, feed.tags))}]",
        "backlog": backlog,
    }
    return [f"{key}: {value}" for key, value in said.items() if value]


def _scalar(text: str, style: str | None = None) -> str:
    """Return a text as it is written in YAML: in the quotes that were used before, or in none where none are needed.

    Plain is what YAML 1.1, which reads it, and 1.2, which ruamel.yaml writes, take for the same text.
    """
    if style is None and _PLAIN.fullmatch(text):
        return text
    quoted = SingleQuotedScalarString(text) if style == "'" else DoubleQuotedScalarString(text)
    yaml = YAML()
    yaml.default_flow_style = True
    yaml.width = 1_000_000
    stream = io.StringIO()
    yaml.dump([quoted], stream)
    return stream.getvalue().strip()[1:-1]
