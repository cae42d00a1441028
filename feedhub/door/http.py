"""HTTP out, by libcurl's multi interface: many visits at once, each within one budget. The home of pycurl.

One budget per visit, redirects included: a total deadline, a cap on decoded bytes and on headers, at most five hops.
Every address is checked after it was resolved and before it is connected to, at every hop. Nothing is decided here.
"""

import socket
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import pycurl

from feedhub.door import guard
from feedhub.door.answers import Visit
from feedhub.door.limits import Limits
from feedhub.door.queue import TICK, Queue
from feedhub.model.feed import NoResponse, Request, Response
from feedhub.text.addresses import normal

_MOMENT = 0.01
_CODING = b"Accept-Encoding: gzip"

# What a person needs to know; libcurl's own words for the rest.
_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "the host name does not resolve",
    pycurl.E_COULDNT_RESOLVE_PROXY: "the host name of network.proxy does not resolve",
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
    100: "its headers are too large",  # CURLE_TOO_LARGE, which pycurl has no name for
}


def always(_: int) -> bool:
    """Let every request start."""
    return True


def visit(
    requests: Iterable[Request], limits: Limits, may_start: Callable[[int], bool] = always
) -> Iterator[tuple[int, Response | NoResponse] | None]:
    """Ask for everything at once, within the limits; yield each request's place and its answer as it comes.

    `may_start` is asked with a request's place right before it starts; one that may not has no answer. Yields None
    now and then when nothing came, so that the caller can do other work meanwhile.
    """
    queue = Queue(requests, limits.per_host, may_start)
    transfers = _Transfers(limits)
    last = time.monotonic()
    try:
        while queue or transfers.under_way:
            for place, request in queue.ready(limits.connections - len(transfers.under_way)):
                until = time.monotonic() + limits.deadline
                transfers.start(Visit(place, request, request.url, until, limits))
            for place, answer in transfers.ended(queue.patience()):
                queue.done(place)
                last = time.monotonic()
                yield place, answer
            if time.monotonic() - last > TICK:
                last = time.monotonic()
                yield None
    finally:
        transfers.close()


class _Transfers:
    """The transfers under way; each is one hop of a visit."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, limits.connections)
        self._idle: list[pycurl.Curl] = []
        self._sockets: dict[pycurl.Curl, socket.socket] = {}
        """Ours to close: libcurl works on duplicates of them."""
        self._refused: list[tuple[int, NoResponse]] = []
        self.under_way: dict[pycurl.Curl, Visit] = {}

    def start(self, one: Visit) -> None:
        """Begin a hop of a visit, unless its address is none that is visited."""
        address = normal(one.url)
        if address is None:
            self._refused.append((one.place, NoResponse(guard.refusal(one.url) or "this is no address")))
            return
        one.url = address
        curl = self._idle.pop() if self._idle else self._made()
        curl.setopt(pycurl.URL, address)
        # Validators go back as they came, byte for byte: heads are read as Latin-1.
        headers = [f"{name}: {value}".encode("latin-1", "replace") for name, value in one.request.headers]
        curl.setopt(pycurl.HTTPHEADER, [*headers, _CODING])
        left = max(1, int((one.until - time.monotonic()) * 1000))
        curl.setopt(pycurl.TIMEOUT_MS, left)
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, left)
        if one.url.startswith("https:") and _certificates():
            curl.setopt(pycurl.CAINFO, _certificates())
        self.under_way[curl] = one
        self._multi.add_handle(curl)

    def _made(self) -> pycurl.Curl:
        """Return a handle with all that does not change from visit to visit."""
        curl = pycurl.Curl()
        curl.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        curl.setopt(pycurl.NOSIGNAL, 1)
        curl.setopt(pycurl.FOLLOWLOCATION, 0)
        # A request on a connection that was kept open and proves to be dead would be sent again.
        curl.setopt(pycurl.FORBID_REUSE, 1)
        curl.setopt(pycurl.MAXFILESIZE_LARGE, self._limits.max_body)
        curl.setopt(pycurl.USERAGENT, self._limits.user_agent.encode())
        # No proxy, .netrc or cookie that the environment brings: only feeds.yaml says what is sent where.
        curl.setopt(pycurl.PROXY, self._limits.proxy or "")
        curl.setopt(pycurl.NOPROXY, "" if self._limits.proxy else "*")
        curl.setopt(pycurl.NETRC, pycurl.NETRC_IGNORED)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, lambda _, address: self._open(curl, address))
        curl.setopt(pycurl.HEADERFUNCTION, lambda line: self.under_way[curl].take_header(line))
        curl.setopt(pycurl.WRITEFUNCTION, lambda chunk: self.under_way[curl].take_body(chunk))
        return curl

    def _open(self, curl: pycurl.Curl, address: tuple[Any, ...]) -> socket.socket | int:
        """Open a socket to the address that the host resolved to, if it may be connected to."""
        one = self.under_way[curl]
        family, kind, protocol, (ip, port, *_) = address
        text = ip.decode() if isinstance(ip, bytes) else str(ip)
        if not guard.is_open(text, int(port), one.url, self._limits):
            host = guard.host_port(one.url)
            one.stopped = f"{text} is not a public address; list {host} in network.allow to visit it"
            return int(pycurl.SOCKET_BAD)
        self._close_socket(curl)
        one.stopped = None  # Another address of the same host may have been refused before.
        self._sockets[curl] = opened = socket.socket(family, kind, protocol)
        return opened

    def _close_socket(self, curl: pycurl.Curl) -> None:
        opened = self._sockets.pop(curl, None)
        if opened is not None:
            opened.close()

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
            self._close_socket(curl)
            answer = one.answer(trouble)
            if answer is None:
                self.start(one)
            else:
                yield one.place, answer

    def _finished(self) -> Iterator[tuple[pycurl.Curl, str | None]]:
        left = 1
        while left:
            left, well, badly = self._multi.info_read()
            yield from ((curl, None) for curl in well)
            yield from ((curl, _reason(code, text)) for curl, code, text in badly)

    def close(self) -> None:
        """End everything that is under way."""
        for opened in self._sockets.values():
            opened.close()
        for curl in (*self.under_way, *self._idle):
            curl.close()
        self._multi.close()


@cache
def _certificates() -> str | None:
    """Return the system's certificates, which libcurl's wheel does not find by itself."""
    import ssl  # 15 ms, for visits by https

    return ssl.get_default_verify_paths().cafile


def _reason(code: int, text: str) -> str:
    return _REASONS.get(code) or " ".join(text.split())[:200] or f"libcurl error {code}"
