"""Text as feedparser leaves it: repaired, resolved, its XHTML written out; and where it stands: base and language."""

import html
import html.entities
import re
from dataclasses import dataclass
from urllib.parse import urljoin

from feedhub.reading.swift.names import NONE, Element, Names, UnsureError, attributes
from feedhub.text.addresses import is_plain

_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
    "xhtml": "application/xhtml+xml",
    "application/xhtml+xml": "application/xhtml+xml",
}
XHTML = "application/xhtml+xml"

_SLASHES = re.compile(r"^([A-Za-z][A-Za-z0-9+-.]*://)/+")

_C1 = re.compile("[\x80-\x9f]")
_C1_BYTES = re.compile(b"\xc2[\x80-\x9f]")
_C1_REFERENCE = re.compile(b"&#(?:x0*[89]|0*1[2-5])")
_CP1252 = {byte: bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}

_REFERENCE = re.compile(r"&#?\w+;")
_NAMED = re.compile(r"&(\w+);")

# XHTML without its namespace stands in that of the feed, where these mean nothing to feedparser.
_TAGS = frozenset(
    "a abbr acronym address b big blockquote br caption cite code col colgroup dd del dfn div dl dt em fieldset "
    "figcaption figure font h1 h2 h3 h4 h5 h6 hr i iframe img ins kbd li ol p param picture pre q s samp small span "
    "strike strong sub sup table tbody td tfoot th thead tr tt u ul var video audio embed object center".split()
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What xml:base and xml:lang say of the elements inside of one."""

    base: str
    language: str | None = None

    def of(self, known: dict[str, str]) -> "Scope":
        """Return the scope of an element with these attributes."""
        base = known.get("xml:base", known.get("base"))
        language = known.get("xml:lang", known.get("lang"))
        if not base and language is None:
            return self
        joined = self.base
        if base:
            joined = full(self.base, base)
            if not joined.startswith(("http://", "https://")) or full(joined, joined) != joined:
                raise UnsureError(base)
        return Scope(joined, self.language if language is None else (language.replace("_", "-") or None))


def full(base: str, uri: str) -> str:
    """Return an address as feedparser resolves it."""
    if is_plain(uri):
        return uri
    try:
        return urljoin(base, _SLASHES.sub(r"\1", uri))
    except ValueError:
        return ""


class Texts:
    """The texts of one document: what they hold and need is known from its bytes."""

    def __init__(self, body: bytes, names: Names, version: str) -> None:
        self.names = names
        self.version = version
        self._body = body
        self._controls: bool | None = None

    def leaf(self, element: Element) -> str:
        """Return the text of an element that may hold nothing else."""
        if len(element):
            raise UnsureError(element.tag)
        text = (element.text or "").strip()
        return text if text.isascii() else self.repaired(text)

    def repaired(self, text: str) -> str:
        """Return text that was UTF-8, taken for ISO 8859-1, as what it was; with cp1252's characters, not C1's."""
        if text.isascii():
            return text
        try:
            text = text.encode("iso-8859-1").decode("utf-8")
        except UnicodeError:
            if not self._may_hold_controls():
                return text
        return text.translate(_CP1252) if _C1.search(text) else text

    def _may_hold_controls(self) -> bool:
        if self._controls is None:
            body = self._body
            self._controls = bool(_C1_BYTES.search(body) or (b"&#" in body and _C1_REFERENCE.search(body)))
        return self._controls

    def construct(self, element: Element, scope: Scope, usual: str) -> dict[str, str | None]:
        """Return a text construct (RFC 4287 section 3.1) as feedparser has it in a `_detail`."""
        known = attributes(element)
        kind = usual
        if known is not NONE:
            scope = scope.of(known)
            kind = _TYPES.get(known["type"], "") if "type" in known else usual
            if not kind or known.get("mode") == "base64":
                raise UnsureError(element.tag)
        value = self._markup(element) if kind == XHTML else self.leaf(element)
        if kind == "text/plain" and "&" in value and not self.version.startswith("atom") and _looks_like_html(value):
            kind = "text/html"
        return {"type": kind, "language": scope.language, "base": scope.base, "value": value}

    def _markup(self, element: Element) -> str:
        """Return the XHTML in an element, without the div around it that Atom wants (RFC 4287 section 3.1.1.3)."""
        inner = element
        if self.version == "atom10" and len(element) == 1 and not (element.text or "").strip():
            child = element[0]
            if not (child.tail or "").strip() and self._name(child) == "div":
                self._tag(child)
                inner = child
        pieces: list[str] = []
        self._write(inner, pieces)
        return self.repaired("".join(pieces).strip())

    def _write(self, element: Element, pieces: list[str]) -> None:
        if element.text:
            pieces.append(html.escape(element.text, quote=False))
        for child in element:
            tag = self._tag(child)
            pieces.append(f"<{tag}>")
            self._write(child, pieces)
            pieces.append(f"</{self._name(child)}>")
            if child.tail:
                pieces.append(html.escape(child.tail, quote=False))

    def _tag(self, element: Element) -> str:
        found = element.items()
        name = self._name(element)
        if not found:
            return name
        known = attributes(element)
        if any(":" in key and not key.startswith("xml:") for key in known):
            raise UnsureError(name)
        return name + "".join(f' {key}="{_quoted(value)}"' for key, value in known.items())

    def _name(self, element: Element) -> str:
        name = self.names[element.tag]
        if name.startswith("xhtml_"):
            return name[6:]
        if name not in _TAGS:
            raise UnsureError(name)
        return name


def _quoted(value: str) -> str:
    return html.escape(value, quote=False).replace('"', "&quot;")


def _looks_like_html(text: str) -> bool:
    """Tell whether feedparser takes plain text for HTML; it makes a difference only where there is no `<` in it."""
    if "<" in text or not _REFERENCE.search(text):
        return False
    return all(name in html.entities.entitydefs for name in _NAMED.findall(text))
