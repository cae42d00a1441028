"""What comes of a visit, line by line and piece by piece: heads, bodies, redirects, each within its limit.

Knows HTTP (RFC 9110, 9112) and no library that speaks it.
"""

import zlib
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from feedhub.door import guard
from feedhub.door.limits import Limits
from feedhub.model.feed import NoResponse, Request, Response
from feedhub.text.addresses import is_same_server, normal, shown

_MOST_HOPS = 5
_MOST_HEADER_BYTES = 256 * 1024
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_GZIP = 16 + zlib.MAX_WBITS


@dataclass
class Visit:
    """One visit under way: the hop that it is at, and what came so far. `until` is on the monotonic clock."""

    place: int
    request: Request
    url: str
    until: float
    limits: Limits
    hops: int = 0
    moved_to: str | None = None
    permanent: bool = True
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    header_bytes: int = 0
    has_head: bool = False
    body: bytearray = field(default_factory=bytearray)
    gzip: "zlib._Decompress | None" = None
    stopped: str | None = None
    """Why we stopped it ourselves."""

    def take_header(self, line: bytes) -> int | None:
        """Take note of a line of a head; return -1 to stop."""
        self.header_bytes += len(line)
        if self.header_bytes > _MOST_HEADER_BYTES:
            self.stopped = f"its headers are larger than {_MOST_HEADER_BYTES >> 10} KiB"
            return -1
        text = line.decode("latin-1").strip()
        if text.startswith("HTTP/"):
            status = text.split(" ", 2)[1:2]
            self.status = int(status[0]) if status and status[0].isdigit() else 0
            self.headers, self.has_head = {}, False
            return None
        self.has_head = self.has_head or not text
        name, colon, value = text.partition(":")
        if colon and name:
            key = name.strip().lower()
            self.headers[key] = f"{self.headers[key]}, {value.strip()}" if key in self.headers else value.strip()
        return None

    def take_body(self, chunk: bytes) -> int | None:
        """Keep a piece of the body, decoded; return -1 to stop. Bodies of redirects and errors are of no use."""
        if self.status != 200:
            return None
        most = self.limits.max_body
        try:
            self.body += self._decoded(chunk, most + 1 - len(self.body))
        except (zlib.error, ValueError) as error:
            self.stopped = f"its body cannot be decoded: {error}"
            return -1
        if len(self.body) > most:
            self.stopped = f"it is larger than network.max_body ({most >> 10} KiB)"
            return -1
        return None

    def _decoded(self, chunk: bytes, most: int) -> bytes:
        """Decode a piece of a body, at most so many bytes; raise ValueError for a coding that was not offered.

        libcurl could do it, and takes a gzip body that was cut off for a whole one.
        """
        coding = self.headers.get("content-encoding", "identity").strip().lower()
        if coding in ("identity", ""):
            return chunk[:most]
        if coding not in ("gzip", "x-gzip"):
            raise ValueError(f"coding {coding[:40]!r} was not offered")
        out = bytearray()
        while chunk and len(out) < most:
            if self.gzip is None or self.gzip.eof:  # A body may be several gzip members (RFC 1952 section 2.2).
                self.gzip = zlib.decompressobj(_GZIP)
            out += self.gzip.decompress(chunk, most - len(out))
            chunk = self.gzip.unused_data if self.gzip.eof else self.gzip.unconsumed_tail
        return bytes(out)

    def answer(self, trouble: str | None) -> Response | NoResponse | None:
        """Return what came of a hop, or None when the visit goes on at another address."""
        # A redirect is known from its head; what is wrong with its body does not matter.
        if self.stopped is None and self.status in _REDIRECTS and "location" in self.headers:
            return self._redirected()
        if self.stopped or trouble:
            return NoResponse(self.stopped or trouble or "")
        if not self.has_head or (self.gzip is not None and not self.gzip.eof):
            return NoResponse("cut off before its end")
        return Response(self.status, self.url, self.headers, bytes(self.body), self.moved_to)

    def _redirected(self) -> NoResponse | None:
        stated = _as_utf8(self.headers["location"])
        try:
            stated = urljoin(self.url, stated)
        except ValueError:  # "Invalid IPv6 URL": http://[oops
            return NoResponse("it redirects to what is no address")
        location = normal(stated)
        if location is None:
            return NoResponse(f"it redirects to {_scheme(stated)}: {guard.refusal(stated) or 'this is no address'}")
        if self.url.startswith("https:") and location.startswith("http:"):
            return NoResponse("it redirects from https to http")
        self.hops += 1
        if self.hops > _MOST_HOPS:
            return NoResponse(f"more than {_MOST_HOPS} redirects")
        self.permanent = self.permanent and self.status in _PERMANENT
        self.moved_to = location if self.permanent else self.moved_to
        if not is_same_server(self.url, location):
            # Validators are the business of who gave them.
            headers = [pair for pair in self.request.headers if pair[0].lower() == "accept"]
            self.request = replace(self.request, headers=tuple(headers))
        self.url, self.status, self.headers, self.header_bytes, self.has_head = location, 0, {}, 0, False
        return None


def _as_utf8(header: str) -> str:
    """Return a header that was decoded as Latin-1 as the UTF-8 that it may be."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def _scheme(address: str) -> str:
    """Return how an address begins that is none of the web: what follows may be a whole document (data:)."""
    return f"{shown(address).partition(':')[0][:20]}: ..."
