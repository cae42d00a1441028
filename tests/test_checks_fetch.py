"""Checks F11 to F18 and P13 of the way in, black box: processes, a server on every loopback host, its log."""

import http.server
import itertools
import json
import os
import pty
import random
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import Reply, Server, Weekly, item, rss
from hostile import NOW, Hub, header
from loopback import Loopback, ask, told

from feedhub.model.feed import NoResponse

HOUR = timedelta(hours=1)
CERTIFICATES = Path(__file__).parent / "data"


class Everywhere(http.server.ThreadingHTTPServer):
    """A server on all of 127/8, so that feeds are of many hosts; what it says depends on the host that was asked."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, says: Callable[[int], bytes]) -> None:
        self.asked: Counter[int] = Counter()
        self.conditional: Counter[int] = Counter()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                number = int(self.path.strip("/"))
                outer.asked[number] += 1
                known = self.headers.get("If-None-Match") is not None
                outer.conditional[number] += known
                body = b"" if known else says(number)
                self.send_response(304 if known else 200)
                self.send_header("ETag", f'"{number}"')
                if not known:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        super().__init__(("0.0.0.0", 0), Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def hub(self, folder: Path, feeds: int) -> Hub:
        """Return a hub of so many feeds, each of a host of its own."""
        hosts = [f"127.1.{number // 250}.{number % 250 + 1}:{self.server_port}" for number in range(feeds)]
        return Hub(folder).write({f"f{number}": f"http://{host}/{number}" for number, host in enumerate(hosts)}, hosts)


def test_F18_a_thousand_feeds_of_which_990_say_304(tmp_path):
    """The second poll of them ends in a minute and stays below 200 MB in each process."""
    lazy = range(10)
    with Everywhere(lambda number: rss(item(number)).encode()) as server:
        hub = server.hub(tmp_path / "hub", 1000)
        assert hub.run("poll", "--json").code == 0
        with_tags = "update feeds set etag = null where name in (" + ", ".join(f"'f{number}'" for number in lazy) + ")"
        hub.change(with_tags)

        again = hub.run("poll", "--json", now=NOW + HOUR)

        server.shutdown()
    outcomes = Counter(one["outcome"] for name, one in again.polls.items() if name)
    assert (outcomes["unchanged"], sum(server.conditional.values())) == (1000, 990)
    assert again.seconds < 60
    assert again.peak < 200e6


def mutant(chance: random.Random, documents: list[bytes]) -> bytes:
    """Return a document with some bytes flipped, cut out, repeated, or replaced by a piece of another one."""
    found = bytearray(chance.choice(documents))
    for _ in range(chance.randint(1, 8)):
        at, to = sorted(chance.randrange(len(found) + 1) for _ in range(2))
        other = chance.choice(documents)
        start = chance.randrange(len(other))
        match chance.randrange(4):
            case 0 if found:
                found[at % len(found)] ^= 1 << chance.randrange(8)
            case 1:
                del found[at : min(to, at + 200)]
            case 2:
                found[at:at] = other[start : start + 200]
            case _:
                found[to:to] = found[at : min(to, at + 200)] * chance.randint(1, 9)
    return bytes(found)


@pytest.mark.parametrize("mutants", [200, pytest.param(5000, marks=pytest.mark.slow)])
def test_P13_no_document_breaks_a_poll(site, tmp_path, mutants, measured):
    """Each ends as fetched or failed, in a line; none of them crashes, hangs or shows a stack of calls."""
    seed = int.from_bytes(os.urandom(4))
    measured(f"seed {seed}")
    chance = random.Random(seed)
    names = [case["path"] for case in site.ask("/_manifest") if case["group"] in ("identity", "label")]
    documents = [document for document in (site.fetch(name) for name in names) if document][:30]
    with Everywhere(lambda _: mutant(chance, documents)) as server:
        run = server.hub(tmp_path / "hub", mutants).run("poll", "--json")
        server.shutdown()

    outcomes = Counter(one["outcome"] for name, one in run.polls.items() if name)
    assert len(documents) == 30
    assert run.code in (0, 1)
    assert "Traceback" not in run.out + run.err
    assert outcomes["fetched"] + outcomes["failed"] == mutants
    assert not [one for one in run.polls.values() if "reader died" in (one.get("error") or "")]


def test_F11_F12_an_address_is_changed_by_no_page_no_410_and_not_twice(site, tmp_path):
    """In ten polls, forced where they failed; what does move, and when, is in tests/test_polite.py (L09)."""
    names = ("redir-301-to-html", "redir-302-to-html", "redir-301-to-gone", "redir-flipflop")
    feeds = "\n".join(f"  - {{name: {name}, url: '{site.url(f'/case/{name}', 'f11')}'}}" for name in names)
    weekly = Weekly(tmp_path)
    weekly.write(feeds, f"network: {{allow: {json.dumps(site.allow)}}}\n")
    seen: dict[str, list[str]] = {name: [] for name in names}
    for turn in range(10):
        weekly.now = NOW + turn * HOUR
        weekly.run("poll", "--force", "--json", code=1)
        for state in weekly.json("status"):
            seen[state["name"]].append(state["url"])

    changes = {name: sum(one != other for one, other in itertools.pairwise(urls)) for name, urls in seen.items()}
    assert changes.pop("redir-flipflop") <= 1
    assert set(changes.values()) == {0}
    assert {name: len(site.asked("f11", f"/case/{name}")) for name in names[:3]} == dict(
        zip(names, (10, 10, 1), strict=False)
    )


@pytest.mark.parametrize("terminal", [False, True], ids=["closed", "a terminal"])
def test_F16_nobody_is_asked_for_a_password(site, tmp_path, terminal):
    """A server that wants one is a failure within five seconds, whoever sits there."""
    hub = Hub(tmp_path / "hub").write({"locked": site.url("/case/auth-401", "f16")}, site.allow)
    ours, theirs = pty.openpty()
    run = hub.run("poll", "--json", **({"stdin": theirs} if terminal else {}))
    os.close(ours)
    os.close(theirs)

    assert (run.code, run.polls["locked"]["error"]) == (1, "HTTP 401")
    assert run.seconds < 5
    assert not any(header(one, "authorization") for one in site.asked("f16"))


@pytest.mark.parametrize("name", ["loopback", "expired", "elsewhere"])
def test_F17_a_certificate_that_is_over_or_of_another_name_is_refused(tmp_path, name):
    """Although all three are trusted here; the good one shows that they are."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    server = Server()
    server.http.socket = context.wrap_socket(server.http.socket, server_side=True)
    server.replies["/feed"] = Reply(rss(item(1)))
    hub = Hub(tmp_path / "hub", {"SSL_CERT_FILE": str(CERTIFICATES / f"{name}.pem")})
    run = hub.write({"one": f"https://{server.host}/feed"}, [server.host]).run("poll", "--json")
    server.http.shutdown()
    server.http.server_close()

    reason = None if name == "loopback" else "its certificate is not valid"
    assert (run.polls["one"]["error"], len(server.requests)) == (reason, int(reason is None))


NOWHERE = [b"http://[oops/", b"http://[::1", b"//[", b"http://a]/", b"http://\xff\xfe/", b"http://a:99999999/",
           b"http:", b"http:///x", b"http://%zz/", b"http://xn--/", b"http://a b/", b"\\\\a.invalid\\x",
           b"http://127.0.0.1:9/\x00", b"http://" + b"a" * 300, b"http://\xed\xa0\x80/", b"http://::1/"]  # fmt: skip


@pytest.mark.parametrize("location", NOWHERE)
def test_S04_a_redirect_to_no_address_ends_that_visit_only(location):
    """In a line, and others go on."""
    loopback = Loopback()
    nowhere = loopback.serve(b"HTTP/1.1 302 So\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n")

    found, other = ask(loopback.allow, nowhere, loopback.serve(told(b"<rss/>"), "127.0.0.2"))

    loopback.close()
    assert isinstance(found, NoResponse)
    assert found.reason.isprintable()
    assert other.body == b"<rss/>"
