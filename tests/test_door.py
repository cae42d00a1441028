"""The way out, against real loopback servers: what an answer may cost, which are answers, who is visited when."""

import gzip
import itertools
import socket
import struct
import threading
import time
import zlib

import pytest
from loopback import MIB, OK, Loopback, Speak, ask, told

from feedhub.door import Limits, visit
from feedhub.model.feed import NoResponse, Request, Response

LATE = NoResponse("no answer within the deadline")
ZIPPED = gzip.compress(b"<rss/>" * 1000)


@pytest.fixture
def loopback():
    """Raw servers, closed in the end."""
    one = Loopback()
    yield one
    one.close()


def pour(piece: bytes, times: int, sent: list[int], head: bytes = OK + b"\r\n") -> Speak:
    """Return a speaker that sends a piece again and again, and counts what went out."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(times):
            connection.sendall(piece)
            sent.append(len(piece))

    return speak


def drip(loopback: Loopback, head: bytes) -> Speak:
    """Return a speaker that says a byte now and then, for ten seconds."""

    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(100):
            connection.sendall(b"x")
            loopback.wait(0.1)

    return speak


def test_a_visit_ends_at_its_deadline(loopback):
    """However a server draws it out, and whatever redirects it sends: one deadline for all of it."""

    def lead_on(connection: socket.socket) -> None:
        loopback.wait(0.4)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /feed\r\nContent-Length: 0\r\n\r\n")

    speakers = [
        drip(loopback, OK + b"\r\n"),
        drip(loopback, OK + b"X-Slow: "),
        drip(loopback, OK + b"Content-Encoding: gzip\r\n\r\n" + ZIPPED[:20]),
        drip(loopback, b"HTTP/1.1 404 Not Found\r\n\r\n"),
        lambda _: loopback.wait(),
        lead_on,
    ]
    urls = [loopback.serve(speak, f"127.0.0.{number}") for number, speak in enumerate(speakers, 1)]
    start = time.monotonic()

    found = ask(loopback.allow, *urls, deadline=1.0)

    assert time.monotonic() - start < 1.8
    assert found[:2] + found[3:] == [LATE] * 5
    assert isinstance(found[2], NoResponse)  # Broken coding, or too late: whichever shows first.


def test_waiting_gives_the_caller_its_turn(loopback):
    """While nothing comes, a None comes twenty times a second, so that what came before gets stored."""
    url = loopback.serve(lambda _: loopback.wait())

    *turns, last = visit([Request(url)], Limits("feedhub-test/1", frozenset(loopback.allow), deadline=1.0))

    assert 10 <= len(turns) <= 20
    assert set(turns) == {None}
    assert last == (0, LATE)


def test_waiting_costs_nothing(loopback):
    """The pauses between starts on one host, 0.7 s in all here, are not spent in a loop."""
    url = loopback.serve(told(b"said"))
    spent = time.thread_time()

    ask(loopback.allow, *[url] * 8)

    assert time.thread_time() - spent < 0.08


SIZES = {
    "as large as allowed": (told(bytes(MIB)), True),
    "one byte more": (told(bytes(MIB + 1)), False),
    "one byte more than is allowed, and its length is not said": (OK + b"\r\n" + bytes(MIB + 1), False),
    "as large as allowed, decoded": (told(gzip.compress(bytes(MIB)), "Content-Encoding: gzip"), True),
    "one byte more, decoded": (told(gzip.compress(bytes(MIB + 1)), "Content-Encoding: gzip"), False),
    "a bomb: 100 MiB in 100 KiB": (told(gzip.compress(bytes(100 * MIB), 9), "Content-Encoding: gzip"), False),
}


@pytest.mark.parametrize(("answer", "fits"), SIZES.values(), ids=SIZES)
def test_F04_size(loopback, answer, fits):
    """The cap counts decoded bytes, to the byte."""
    (found,) = ask(loopback.allow, loopback.serve(answer), max_body=MIB)

    if fits:
        assert (found.status, len(found.body)) == (200, MIB)
    else:
        assert isinstance(found, NoResponse)
        assert "larger than" in found.reason


ENDLESS = {
    "a body": OK + b"\r\n",
    "a body of a stated length": OK + b"Content-Length: 1000000000\r\n\r\n",
    "an error page": b"HTTP/1.1 404 Not Found\r\n\r\n",
    "headers": OK,
    "informational answers": b"",
}
PIECES = {"headers": b"X-More: " + b"x" * 8000 + b"\r\n", "informational answers": b"HTTP/1.1 103 Hints\r\n\r\n" * 500}


@pytest.mark.parametrize("what", ENDLESS)
def test_F03_an_endless_answer_is_not_read_to_its_end(loopback, what):
    """What has no end is left soon after the cap, and other visits to that host do well."""
    sent: list[int] = []
    piece = PIECES.get(what, bytes(65_536))
    endless = loopback.serve(pour(piece, 100 * MIB // len(piece), sent, ENDLESS[what]))

    found, well = ask(loopback.allow, endless, loopback.serve(told(b"said")), max_body=MIB)

    assert isinstance(found, NoResponse)
    assert sum(sent) < 20 * MIB  # The cap and what the kernel's buffers take.
    assert well.body == b"said"


def test_an_endless_redirect_is_followed(loopback):
    """A redirect is known from its head; its body is not waited for."""
    sent: list[int] = []
    goal = loopback.serve(told(b"said"))
    head = f"HTTP/1.1 302 Found\r\nLocation: {goal}\r\n\r\n".encode()

    (found,) = ask(loopback.allow, loopback.serve(pour(bytes(65_536), 1600, sent, head)), max_body=MIB)

    assert found.body == b"said"
    assert sum(sent) < 20 * MIB


def reset(connection: socket.socket) -> None:
    """Break a connection in the middle of a body."""
    connection.sendall(OK + b"Content-Length: 100\r\n\r\nhalf")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


NO_ANSWERS = {
    "a body shorter than its length": OK + b"Content-Length: 100\r\n\r\nhalf",
    "chunks without the last one": OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    "a chunk shorter than its length": OK + b"Transfer-Encoding: chunked\r\n\r\n40\r\nhalf",
    "a chunk whose length is no number": OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\nhalf\r\n0\r\n\r\n",
    "gzip that is none": told(b"<rss/>", "Content-Encoding: gzip"),
    "gzip that was cut off": told(ZIPPED[:-20], "Content-Encoding: gzip"),
    "gzip without its last bytes": told(ZIPPED[:-4], "Content-Encoding: gzip"),
    "gzip with a wrong checksum": told(ZIPPED[:-6] + b"xx" + ZIPPED[-4:], "Content-Encoding: gzip"),
    "gzip that was cut off, without a length": OK + b"Content-Encoding: gzip\r\n\r\n" + ZIPPED[:-20],
    "gzip in which nothing is": told(b"\x1f\x8b", "Content-Encoding: gzip"),
    "gzip with noise behind it": told(ZIPPED + b"noise", "Content-Encoding: gzip"),
    "a coding that was not offered": told(zlib.compress(b"<rss/>"), "Content-Encoding: deflate"),
    "a coding that nobody knows": told(b"<rss/>", "Content-Encoding: secret"),
    "gzip twice": told(gzip.compress(ZIPPED), "Content-Encoding: gzip, gzip"),
    "HTTP/0.9": b"<rss/>",
    "another protocol": b"220 mail.example ESMTP ready\r\n",
    "noise": bytes(range(256)) * 4,
    "a status line without a status": b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
    "nothing": b"",
    "half a head": OK + b"Content-Type: text/x",
    "a broken connection": reset,
    "lengths that disagree": OK + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nhalf!",
    "more headers than anybody needs": OK + b"X-A: b\r\n" * 40_000 + b"\r\n",
}


@pytest.mark.parametrize("speak", NO_ANSWERS.values(), ids=NO_ANSWERS)
def test_F05_no_answer(loopback, speak):
    """What was cut off or broken on its way is no answer, so that no validator of it is kept; the reason is a line."""
    (found,) = ask(loopback.allow, loopback.serve(speak))

    assert isinstance(found, NoResponse)
    assert 0 < len(found.reason) < 250
    assert found.reason.isprintable()


ANSWERS = {
    "a body with its length": told(b"<rss/>"),
    "a body that ends with the connection": OK + b"\r\n<rss/>",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n<rss/>",
    "chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\n<rs\r\n3\r\ns/>\r\n0\r\n\r\n",
    "chunks and trailers": OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\nX-Sum: 1\r\n\r\n",
    "gzip": told(gzip.compress(b"<rss/>"), "Content-Encoding: gzip"),
    "gzip that says x-gzip": told(gzip.compress(b"<rss/>"), "Content-Encoding: x-gzip"),
    "gzip in two members": told(gzip.compress(b"<rss") + gzip.compress(b"/>"), "Content-Encoding: gzip"),
    "an empty coding": told(b"<rss/>", "Content-Encoding: identity"),
    "a hint before it": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + told(b"<rss/>"),
    "no reason phrase": b"HTTP/1.1 200\r\n\r\n<rss/>",
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_F06_answer(loopback, answer):
    """What servers say in any usual way is an answer, whole and decoded."""
    url = loopback.serve(answer)

    (found,) = ask(loopback.allow, url)

    assert (found.status, found.body, found.url, found.moved_to) == (200, b"<rss/>", url, None)


def test_headers_come_in_lower_case(loopback):
    """A header's name is in lower case; one that comes twice is one line; the last answer's count, no hint's."""
    hint = b'HTTP/1.1 103 Early Hints\r\nETag: "hint"\r\n\r\n'
    url = loopback.serve(hint + told(b"", 'ETag: "a"', "Vary:a", "VARY:  b ", "X-Empty:"))

    (found,) = ask(loopback.allow, url)

    assert found.headers == {"etag": '"a"', "vary": "a, b", "x-empty": "", "content-length": "0"}


@pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 410, 429, 500, 503])
def test_other_statuses_are_answers_without_a_body(loopback, status):
    """What came of a visit is decided by others; the page that an error brings is of no use to anybody."""
    length = "" if status in (204, 304) else "Content-Length: 4\r\n"
    answer = f'HTTP/1.1 {status} So\r\n{length}ETag: "a"\r\n\r\n{"page" if length else ""}'.encode()

    (found,) = ask(loopback.allow, loopback.serve(answer))

    assert (found.status, found.headers["etag"], found.body) == (status, '"a"', b"")


def test_an_unknown_host_and_a_closed_port_say_so(loopback):
    """The two commonest reasons why there is no answer have words of their own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        closed = f"127.0.0.1:{listening.getsockname()[1]}"

    found = ask([closed], f"http://{closed}/", "http://no-such-host.invalid/")

    assert found == [NoResponse("no connection"), NoResponse("the host name does not resolve")]


def test_nothing_to_visit():
    """No feed is due, so nothing happens."""
    assert ask([]) == []


class Crowd:
    """Answers after a while; `most` is how many visitors were there at a time."""

    def __init__(self, loopback, seconds: float) -> None:
        self.most = 0
        self._here = 0
        self._lock = threading.Lock()
        self._wait = lambda: loopback.wait(seconds)

    def speak(self, connection: socket.socket) -> None:
        """Talk to a visitor."""
        with self._lock:
            self._here += 1
            self.most = max(self.most, self._here)
        self._wait()
        with self._lock:
            self._here -= 1
        connection.sendall(told(b"said"))


def test_a_host_is_visited_by_two_at_a_time(loopback):
    """Ten feeds on one host are visited two at a time, whatever port they are at."""
    crowd = Crowd(loopback, 0.3)

    found = ask(loopback.allow, *(loopback.serve(crowd.speak) for _ in range(10)))

    assert {answer.body for answer in found} == {b"said"}
    assert crowd.most == 2


def test_a_host_has_a_moment_between_two_visits(loopback):
    """Ten quick visits to one host start a tenth of a second apart."""
    starts: list[float] = []

    def speak(connection: socket.socket) -> None:
        starts.append(time.monotonic())
        connection.sendall(told(b"said"))

    ask(loopback.allow, *[loopback.serve(speak)] * 10, per_host=10)

    # The server sees them a little later than they started; all nine pauses together say it best.
    assert starts[-1] - starts[0] > 0.85
    assert min(later - earlier for earlier, later in itertools.pairwise(starts)) > 0.03


def test_many_hosts_are_visited_at_once(loopback):
    """Twenty hosts that answer only when all twenty were asked all answer."""
    all_asked = threading.Barrier(20, timeout=5)

    def speak(connection: socket.socket) -> None:
        all_asked.wait()
        connection.sendall(told(b"said"))

    found = ask(loopback.allow, *(loopback.serve(speak, f"127.0.1.{number}") for number in range(1, 21)))

    assert [answer.body for answer in found] == [b"said"] * 20


def test_no_more_connections_than_allowed(loopback):
    """Of twenty hosts, three are visited at a time when `connections` is three."""
    crowd = Crowd(loopback, 0.05)

    ask(loopback.allow, *(loopback.serve(crowd.speak, f"127.0.1.{number}") for number in range(1, 21)), connections=3)

    assert crowd.most == 3


def test_F02_dead_hosts_do_not_delay_others(loopback):
    """Eight silent feeds come first, forty good ones are answered before the first of them is given up."""
    silent = [loopback.serve(lambda _: loopback.wait(), f"127.0.2.{number}") for number in range(1, 9)]
    good = [loopback.serve(told(b"said"), f"127.0.3.{number}") for number in range(1, 41)]
    limits = Limits("feedhub-test/1", frozenset(loopback.allow), deadline=1.0)

    found = list(filter(None, visit(map(Request, silent + good), limits)))

    assert all(isinstance(answer, Response) for _, answer in found[:40])
    assert [answer for _, answer in found[40:]] == [LATE] * 8


def test_whoever_stops_listening_ends_the_visits(loopback):
    """A caller that is interrupted leaves no connection open."""
    closed = threading.Event()

    def speak(connection: socket.socket) -> None:
        connection.sendall(OK)
        if connection.recv(1) == b"":
            closed.set()

    visits = visit([Request(loopback.serve(speak))], Limits("feedhub-test/1", frozenset(loopback.allow)))
    assert next(visits) is None

    visits.close()

    assert closed.wait(2)


def test_a_visit_that_may_not_start_has_no_answer(loopback):
    """It is asked right before the start, when the answers before it are known; nobody is waited for."""
    urls = [loopback.serve(told(b"said"), "127.0.4.1") for _ in range(4)]
    seen: list[int] = []
    asked: list[tuple[int, int]] = []

    def may_start(place: int) -> bool:
        asked.append((place, len(seen)))
        return place < 2

    limits = Limits("feedhub-test/1", frozenset(loopback.allow), per_host=1)
    for answer in visit(map(Request, urls), limits, may_start):
        seen += [answer[0]] if answer else []

    assert seen == [0, 1]
    assert asked == [(0, 0), (1, 1), (2, 2), (3, 2)]
    assert len(loopback.asked) == 2


def test_L13_a_visit_starts_at_its_moment(loopback):
    """Not before, and in the order of moments: what waits keeps nobody from starting, on its host or another."""
    starts: dict[bytes, float] = {}

    def speak(connection: socket.socket) -> None:
        starts[loopback.asked[-1].split()[1]] = time.monotonic() - began
        connection.sendall(told(b"said"))

    one, other = loopback.serve(speak, "127.0.4.2"), loopback.serve(speak, "127.0.4.3")
    wanted = {b"/late": (one, 0.6), b"/now": (one, 0.0), b"/soon": (one, 0.3), b"/other": (other, 0.4)}
    requests = [Request(url.replace("/feed", path.decode()), after=after) for path, (url, after) in wanted.items()]
    began = time.monotonic()

    found = ask(loopback.allow, *requests)

    assert {answer.body for answer in found} == {b"said"}
    assert [path for path in starts if path != b"/other"] == [b"/now", b"/soon", b"/late"]
    assert all(after <= starts[path] for path, (_, after) in wanted.items())


def test_a_deadline_begins_when_the_visit_does(loopback):
    """Who had to wait for his moment has as much time as anybody."""
    (found,) = ask(loopback.allow, Request(loopback.serve(told(b"said")), after=0.6), deadline=0.5)

    assert found.body == b"said"
