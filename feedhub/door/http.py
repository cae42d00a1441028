"""HTTP out, by libcurl's multi interface: many visits at once, each within one budget. The home of pycurl.

One budget per visit, redirects included: a total deadline, a cap on decoded bytes and on headers, at most five hops.
Every address is checked after it was resolved and before it is connected to, at every hop. Nothing is decided here.
"""

import heapq
import itertools
import socket
import ssl
import time
import zlib
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urljoin

import pycurl

from feedhub.door import guard
from feedhub.model.feed import NoResponse, Request, Response
from feedhub.text.addresses import host_of, shown

_MOST_HOPS = 5
_MOST_HEADER_BYTES = 256 * 1024
_PERMANENT = (301, 308)
_REDIRECTS = (301, 302, 303, 307, 308)
_BETWEEN_STARTS = 0.1
"""Seconds between two starts on one host."""
_MOMENT = 0.01
_CODING = ("Accept-Encoding", "gzip")
_GZIP = 16 + zlib.MAX_WBITS
_TICK = 0.2
"""After so many seconds without an answer the caller gets its turn."""

# What a person needs to know; libcurl's own words for the rest.
_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "the host name does not resolve",
    pycurl.E_COULDNT_CONNECT: "no connection",
    pycurl.E_OPERATION_TIMEDOUT: "no answer within the deadline",
    pycurl.E_PARTIAL_FILE: "cut off before its end",
    pycurl.E_GOT_NOTHING: "the server closed the connection without an answer",
    pycurl.E_RECV_ERROR: "the connection broke",
    pycurl.E_SEND_ERROR: "the connection broke",
    pycurl.E_PEER_FAILED_VERIFICATION: "its certificate is not valid",
    pycurl.E_FILESIZE_EXCEEDED: "it is larger than network.max_body",
    pycurl.E_UNSUPPORTED_PROTOCOL: "the answer is not HTTP",
    pycurl.E_FTP_WEIRD_SERVER_REPLY: "the answer is not HTTP",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a visit may cost; `deadline` in seconds, `max_body` in decoded bytes."""

    user_agent: str
    allow: frozenset[str] = frozenset()
    deadline: float = 30.0
    max_body: int = 16 * 1024 * 1024
    per_host: int = 2
    connections: int = 64


@dataclass
class _Visit:
    """One visit under way: the hop that it is at, and what came so far."""

    number: int
    request: Request
    url: str
    until: float
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
    opened: socket.socket | None = None
    """Ours to close: libcurl works on a duplicate of it."""


def visit(requests: Iterable[Request], limits: Limits) -> Iterator[tuple[int, Response | NoResponse] | None]:
    """Ask for everything at once, within the limits; yield each request's place and its answer as it comes.

    Yields None when nothing came for a fifth of a second, so that the caller can do other work meanwhile.
    """
    queue = _Queue(enumerate(requests), limits)
    hops = _Hops(limits)
    last = time.monotonic()
    try:
        while queue or hops.under_way:
            for number, request in queue.ready(limits.connections - len(hops.under_way)):
                hops.start(_Visit(number, request, request.url, time.monotonic() + limits.deadline))
            for number, answer in hops.ended(queue.patience()):
                queue.done(number)
                last = time.monotonic()
                yield number, answer
            if time.monotonic() - last > _TICK:
                last = time.monotonic()
                yield None
    finally:
        hops.close()


class _Queue:
    """What is to be asked still: at most so many per host, and a moment between two on one host."""

    def __init__(self, requests: Iterable[tuple[int, Request]], limits: Limits) -> None:
        self._per_host = limits.per_host
        self._hosts: dict[str, deque[tuple[int, Request]]] = {}
        self._busy: Counter[str] = Counter()
        self._host: dict[int, str] = {}
        self._order = itertools.count()
        for number, request in requests:
            self._host[number] = host_of(request.url)
            self._hosts.setdefault(self._host[number], deque()).append((number, request))
        self._next = [(0.0, next(self._order), host) for host in self._hosts]

    def __bool__(self) -> bool:
        return bool(self._hosts)

    def ready(self, most: int) -> Iterator[tuple[int, Request]]:
        """Take at most so many that may start now."""
        waiting = []
        now = time.monotonic()
        while most > 0 and self._next and self._next[0][0] <= now:
            _, order, host = heapq.heappop(self._next)
            if self._busy[host] >= self._per_host:
                waiting.append((now + _BETWEEN_STARTS / 2, order, host))
                continue
            most -= 1
            self._busy[host] += 1
            yield self._hosts[host].popleft()
            if self._hosts[host]:
                waiting.append((now + _BETWEEN_STARTS, next(self._order), host))
            else:
                del self._hosts[host]
        for each in waiting:
            heapq.heappush(self._next, each)

    def patience(self) -> float:
        """Return for how many seconds nothing new may start."""
        return min(_TICK, max(0.001, self._next[0][0] - time.monotonic())) if self._next else _TICK

    def done(self, number: int) -> None:
        """Take note that a visit has ended."""
        self._busy[self._host[number]] -= 1


class _Hops:
    """The transfers under way; each is one hop of a visit."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, limits.connections)
        self._idle: list[pycurl.Curl] = []
        self._refused: list[tuple[int, NoResponse]] = []
        self.under_way: dict[pycurl.Curl, _Visit] = {}

    def start(self, one: _Visit) -> None:
        """Begin a hop of a visit, unless its address is none that is visited."""
        refused = guard.refusal(one.url)
        if refused:
            self._refused.append((one.number, NoResponse(refused)))
            return
        curl = self._idle.pop() if self._idle else pycurl.Curl()
        curl.reset()
        _set_budget(curl, one, self._limits)
        _set_manners(curl, one, self._limits)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, lambda _, address: _socket(one, address, self._limits))
        curl.setopt(pycurl.HEADERFUNCTION, lambda line: _header(one, line))
        curl.setopt(pycurl.WRITEFUNCTION, lambda chunk: _chunk(one, chunk, self._limits))
        self.under_way[curl] = one
        self._multi.add_handle(curl)

    def ended(self, patience: float) -> Iterator[tuple[int, Response | NoResponse]]:
        """Wait so many seconds at most; yield what has ended, and go on with what was redirected."""
        yield from self._refused
        self._refused.clear()
        if any(self._multi.fdset()):
            self._multi.select(patience)
        else:  # There is no socket to wait for, as while a name is being resolved: select would not wait at all.
            time.sleep(min(patience, _MOMENT) if self.under_way else patience)
        self._multi.perform()
        for curl, trouble in self._finished():
            one = self.under_way.pop(curl)
            self._multi.remove_handle(curl)
            self._idle.append(curl)
            _close_socket(one)
            answer = _answer(one, trouble)
            if answer is None:
                self.start(one)
            else:
                yield one.number, answer

    def _finished(self) -> Iterator[tuple[pycurl.Curl, tuple[int, str] | None]]:
        left = 1
        while left:
            left, well, badly = self._multi.info_read()
            yield from ((curl, None) for curl in well)
            yield from ((curl, (code, text)) for curl, code, text in badly)

    def close(self) -> None:
        """End everything that is under way."""
        for one in self.under_way.values():
            _close_socket(one)
        for curl in (*self.under_way, *self._idle):
            curl.close()
        self._multi.close()


def _set_budget(curl: pycurl.Curl, one: _Visit, limits: Limits) -> None:
    left = max(0.001, one.until - time.monotonic())
    curl.setopt(pycurl.URL, one.url)
    curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    curl.setopt(pycurl.TIMEOUT_MS, max(1, int(left * 1000)))
    curl.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(left * 1000)))
    curl.setopt(pycurl.NOSIGNAL, 1)
    curl.setopt(pycurl.FOLLOWLOCATION, 0)
    curl.setopt(pycurl.MAXFILESIZE_LARGE, limits.max_body)


def _set_manners(curl: pycurl.Curl, one: _Visit, limits: Limits) -> None:
    curl.setopt(pycurl.USERAGENT, limits.user_agent)
    curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in (*one.request.headers, _CODING)])
    # No proxy, .netrc or cookie that the environment brings: only feeds.yaml says what is sent where.
    curl.setopt(pycurl.PROXY, "")
    curl.setopt(pycurl.NOPROXY, "*")
    curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
    certificates = ssl.get_default_verify_paths()
    if certificates.cafile:
        curl.setopt(pycurl.CAINFO, certificates.cafile)


def _socket(one: _Visit, address: tuple[Any, ...], limits: Limits) -> socket.socket | int:
    """Open a socket to the address that the host resolved to, if it may be connected to."""
    family, kind, protocol, (ip, port, *_) = address
    text = ip.decode() if isinstance(ip, bytes) else str(ip)
    if not guard.is_open(text, int(port), one.url, limits.allow):
        one.stopped = f"{text} is not a public address; list {guard.host_port(one.url)} in network.allow to visit it"
        return int(pycurl.SOCKET_BAD)
    _close_socket(one)
    opened = socket.socket(family, kind, protocol)
    one.opened = opened
    return opened


def _close_socket(one: _Visit) -> None:
    if one.opened is not None:
        one.opened.close()
        one.opened = None


def _header(one: _Visit, line: bytes) -> int | None:
    one.header_bytes += len(line)
    if one.header_bytes > _MOST_HEADER_BYTES:
        one.stopped = f"its headers are larger than {_MOST_HEADER_BYTES >> 10} KiB"
        return -1
    text = line.decode("latin-1").strip()
    if text.startswith("HTTP/"):
        status = text.split(" ", 2)[1:2]
        one.status = int(status[0]) if status and status[0].isdigit() else 0
        one.headers, one.has_head = {}, False
        return None
    one.has_head = one.has_head or not text
    name, colon, value = text.partition(":")
    if colon and name:
        key = name.strip().lower()
        one.headers[key] = f"{one.headers[key]}, {value.strip()}" if key in one.headers else value.strip()
    return None


def _chunk(one: _Visit, chunk: bytes, limits: Limits) -> int | None:
    """Keep what came of the body, decoded; bodies of redirects and errors are of no use to anybody."""
    if one.status != 200:
        return None
    try:
        one.body += _decoded(one, chunk, limits.max_body + 1 - len(one.body))
    except (zlib.error, ValueError) as error:
        one.stopped = f"its body cannot be decoded: {error}"
        return -1
    if len(one.body) > limits.max_body:
        one.stopped = f"it is larger than network.max_body ({limits.max_body >> 10} KiB)"
        return -1
    return None


def _decoded(one: _Visit, chunk: bytes, most: int) -> bytes:
    """Decode a piece of a body, at most so many bytes; raise ValueError for a coding that was not offered.

    libcurl could do it, and takes a gzip body that was cut off for a whole one.
    """
    coding = one.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("identity", ""):
        return chunk[:most]
    if coding not in ("gzip", "x-gzip"):
        raise ValueError(f"coding {coding[:40]!r} was not offered")
    out = bytearray()
    while chunk and len(out) < most:
        if one.gzip is None or one.gzip.eof:  # A body may be several gzip members (RFC 1952 section 2.2).
            one.gzip = zlib.decompressobj(_GZIP)
        out += one.gzip.decompress(chunk, most - len(out))
        chunk = one.gzip.unused_data if one.gzip.eof else one.gzip.unconsumed_tail
    return bytes(out)


def _answer(one: _Visit, trouble: tuple[int, str] | None) -> Response | NoResponse | None:
    """Return what came of a hop, or None when the visit goes on at another address."""
    # A redirect is known from its head; what is wrong with its body does not matter.
    if one.stopped is None and one.status in _REDIRECTS and "location" in one.headers:
        return _redirected(one)
    if one.stopped or trouble:
        return NoResponse(one.stopped or _reason(*(trouble or (0, ""))))
    if not one.has_head or (one.gzip is not None and not one.gzip.eof):
        return NoResponse("cut off before its end")
    return Response(one.status, one.url, one.headers, bytes(one.body), one.moved_to)


def _redirected(one: _Visit) -> NoResponse | None:
    location = urljoin(one.url, one.headers["location"])
    refused = guard.refusal(location)
    if refused:
        return NoResponse(f"it redirects to {shown(location)[:200]}: {refused}")
    if one.url.startswith("https:") and location.startswith("http:"):
        return NoResponse("it redirects from https to http")
    one.hops += 1
    if one.hops > _MOST_HOPS:
        return NoResponse(f"more than {_MOST_HOPS} redirects")
    one.permanent = one.permanent and one.status in _PERMANENT
    one.moved_to = location if one.permanent else one.moved_to
    if not guard.is_same_site(one.url, location):
        # Validators are the business of who gave them.
        headers = [pair for pair in one.request.headers if pair[0].lower() == "accept"]
        one.request = replace(one.request, headers=tuple(headers))
    one.url, one.status, one.headers, one.header_bytes, one.has_head = location, 0, {}, 0, False
    return None


def _reason(code: int, text: str) -> str:
    return _REASONS.get(code) or " ".join(text.split())[:200] or f"libcurl error {code}"
