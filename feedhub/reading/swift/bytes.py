"""The bytes of a body in UTF-8, as feedparser would decode them."""

import codecs
import re

from feedhub.model.feed import Response
from feedhub.reading.swift.names import UnsureError

# Encodings that Python and feedparser know by the same name, and in which ASCII is ASCII.
_CODECS = frozenset(
    "ascii utf-8 big5 gb18030 gbk euc_jp euc_kr shift_jis koi8-r koi8-u cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 "
    "cp1256 cp1257 iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-7 iso8859-9 iso8859-15".split()
)
_APPLICATIONS = ("application/xml", "application/xml-dtd", "application/xml-external-parsed-entity")
_DECLARATION = re.compile(
    rb"""<\?xml\s+version\s*=\s*["']1\.[01]["'](?:\s+encoding=["']([A-Za-z0-9._-]+)["'])?(?:\s+standalone\s*=\s*["'][a-z]+["'])?\s*\?>"""
)


def utf8(response: Response) -> bytes:
    """Return a body as UTF-8, decoded as feedparser does (RFC 3023, and what follows from experience)."""
    body = response.body.lstrip()
    bom = body.startswith(b"\xef\xbb\xbf")
    if bom:
        body = body[3:]
    declared = _declared_encoding(body)
    for name in _tried(response.headers.get("content-type", ""), declared, bom):
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            continue
        if codec not in _CODECS:
            raise UnsureError(name)
        if codec == "utf-8":
            return body
        try:
            text = body.decode(codec)
        except UnicodeDecodeError:
            continue
        return body if codec == "ascii" else text.encode()
    raise UnsureError("encoding")


def _declared_encoding(body: bytes) -> str:
    """Return what the XML declaration says; where feedparser could take something else for one, be unsure."""
    if body[:1] != b"<" or body[1:2] == b"\0":
        raise UnsureError("start")
    found = _DECLARATION.match(body)
    if body.startswith(b"<?") and not (found and found.end() < 1_000):
        raise UnsureError("declaration")
    prolog = re.search(rb"<\w", body)
    if prolog and b"<!" in body[: prolog.start()].replace(b"<!--", b""):
        raise UnsureError("document type")
    return found[1].decode().lower() if found and found[1] else ""


def _tried(content_type: str, declared: str, bom: bool) -> list[str]:
    """Return the encodings to try, in feedparser's order."""
    kind, *parameters = content_type.split(";")
    kind = kind.strip()
    named = {name.strip().lower(): value for name, _, value in (each.partition("=") for each in parameters)}
    charset = named.get("charset", "").strip().strip("\"'")
    if kind in _APPLICATIONS or (kind.startswith("application/") and kind.endswith("+xml")):
        first = charset or declared or "utf-8"
    elif kind.startswith("text/"):
        first = charset or "us-ascii"
    else:
        first = declared or "utf-8"
    tried = [first, declared, "utf-8" if bom else "", "utf-8", "windows-1252"]
    return ["gb18030" if name.lower() == "gb2312" else name for name in tried if name]
