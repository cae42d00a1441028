"""Servers on raw sockets, for what http.server is too polite to say, and the door to visit them through."""

import socket
import threading
from collections.abc import Callable, Iterable

from feedhub.door import Limits, visit
from feedhub.model.feed import NoResponse, Request, Response

OK = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20

Speak = Callable[[socket.socket], None]
"""Talks to a visitor who has asked."""


class Loopback:
    """Raw servers; `asked` are the requests as they came, `allow` is the list that lets the door in."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.allow: set[str] = set()
        self.over = threading.Event()
        self._listening: list[socket.socket] = []

    def serve(self, speak: Speak | bytes, host: str = "127.0.0.1") -> str:
        """Listen on a host; say these bytes to whoever asks, or let `speak` do it. Return the address."""
        listening = socket.create_server((host, 0), backlog=100)
        self._listening.append(listening)
        name = f"{host}:{listening.getsockname()[1]}"
        self.allow.add(name)
        threading.Thread(target=self._accept, args=(listening, speak), daemon=True).start()
        return f"http://{name}/feed"

    def _accept(self, listening: socket.socket, speak: Speak | bytes) -> None:
        while not self.over.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection, speak), daemon=True).start()

    def _answer(self, connection: socket.socket, speak: Speak | bytes) -> None:
        with connection:
            try:
                self.asked.append(connection.recv(65_536))
                connection.sendall(speak) if isinstance(speak, bytes) else speak(connection)
            except OSError:
                return  # The visitor had enough.

    def wait(self, seconds: float = 9.0) -> None:
        """Say nothing for a while, or until the test is over."""
        self.over.wait(seconds)

    def close(self) -> None:
        """End all of it."""
        self.over.set()
        for listening in self._listening:
            listening.shutdown(socket.SHUT_RDWR)
            listening.close()


def ask(allow: Iterable[str], *wanted: str | Request, **limits: float) -> list[Response | NoResponse]:
    """Visit addresses, all at once, and return what came of each in their order."""
    requests = [Request(one) if isinstance(one, str) else one for one in wanted]
    found = dict(filter(None, visit(requests, Limits("feedhub-test/1", frozenset(allow), **limits))))
    assert sorted(found) == list(range(len(requests)))
    return [found[place] for place in range(len(requests))]


def told(body: bytes, *headers: str) -> bytes:
    """Return an answer with a body whose length is said."""
    return OK + "".join(f"{line}\r\n" for line in headers).encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body
