"""The way out: where a visit may be led, and what is sent along."""

import base64
import itertools
import ssl
from pathlib import Path

import pytest
from conftest import Reply, Server
from loopback import ask

from feedhub.door import http
from feedhub.model.feed import NoResponse, Request

CERTIFICATE = Path(__file__).parent / "data" / "loopback.pem"


@pytest.fixture
def canary():
    """A server that nobody may visit."""
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


@pytest.fixture
def secure():
    """A server that speaks TLS; its address has https. Which certificates are known is asked anew."""
    http._certificates.cache_clear()
    one = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    one.http.socket = context.wrap_socket(one.http.socket, server_side=True)
    one.url = f"https://{one.host}"
    yield one
    one.http.shutdown()
    one.http.server_close()


def lead(server: Server, *statuses: int) -> None:
    """Lay a chain of redirects from /0 on, with a feed at its end."""
    for step, status in enumerate(statuses):
        server.replies[f"/{step}"] = Reply(status=status, headers={"Location": f"/{step + 1}"})
    server.replies[f"/{len(statuses)}"] = Reply("<rss/>")


CHAINS = {
    "none": ((), None),
    "moved for good": ((301,), 1),
    "moved for good, in the newer way": ((308,), 1),
    "moved for good, twice": ((301, 308), 2),
    "elsewhere for now": ((302,), None),
    "see other": ((303,), None),
    "elsewhere for now, in the newer way": ((307,), None),
    "for good, then for now": ((301, 302), 1),
    "for good twice, then for now, then for good": ((308, 301, 307, 301), 2),
    "for now, then for good": ((302, 301), None),
    "as long as it may be": ((301, 301, 301, 301, 301), 5),
}


@pytest.mark.parametrize(("statuses", "moved"), CHAINS.values(), ids=CHAINS)
def test_F11_redirects(server, statuses, moved):
    """A visit ends where the redirects lead; moved_to is where permanent ones alone led to."""
    lead(server, *statuses)

    (found,) = ask([server.host], f"{server.url}/0")

    assert (found.status, found.body, found.url) == (200, b"<rss/>", f"{server.url}/{len(statuses)}")
    assert found.moved_to == (None if moved is None else f"{server.url}/{moved}")


LOCATIONS = {
    "in full": "{url}/there/feed?a=b",
    "from the root": "/there/feed?a=b",
    "from the page": "feed?a=b",
    "from above": "../there/feed?a=b",
    "with a fragment": "/there/feed?a=b#top",
    "without a scheme": "//{host}/there/feed?a=b",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
def test_a_location_is_seen_from_the_page(server, location):
    """A relative Location starts from the address that sent it (RFC 9110 section 10.2.2)."""
    server.replies["/there/old"] = Reply(
        status=302, headers={"Location": location.format(url=server.url, host=server.host)}
    )
    server.replies["/there/feed?a=b"] = Reply("<rss/>")

    (found,) = ask([server.host], f"{server.url}/there/old")

    assert found.body == b"<rss/>"


def test_a_redirect_to_nowhere_is_the_answer(server):
    """A redirect without a Location is what it is: a status that is no feed."""
    server.replies["/feed"] = Reply("moved", 301)

    (found,) = ask([server.host], f"{server.url}/feed")

    assert (found.status, found.body, found.moved_to) == (301, b"", None)


def test_F10_more_than_five_redirects_are_a_loop(server):
    """A loop, or a chain too long, is left after six requests."""
    lead(server, *[301] * 6)
    server.replies["/loop"] = Reply(status=302, headers={"Location": "/loop"})

    found = ask([server.host], f"{server.url}/0", f"{server.url}/loop")

    assert found == [NoResponse("more than 5 redirects")] * 2
    assert [path for path, _ in server.requests].count("/loop") == 6
    assert len(server.requests) == 12


SCHEMES = [
    "file:///etc/passwd",
    "ftp://127.0.0.1/feed",
    "gopher://127.0.0.1/1",
    "data:text/xml,<rss/>",
    "dict://127.0.0.1",
]


def test_S04_a_redirect_leads_to_the_web_only(server):
    """Another scheme is not followed, and the reason names it; what else it says may be anything, and is not shown."""
    for place, location in enumerate(SCHEMES):
        server.replies[f"/{place}"] = Reply(status=302, headers={"Location": location})

    found = ask([server.host], *(f"{server.url}/{place}" for place in range(len(SCHEMES))))

    for answer, location in zip(found, SCHEMES, strict=True):
        scheme = location.partition(":")[0]
        assert answer.reason.startswith(f"it redirects to {scheme}: ...: {scheme} scheme")


INSIDE = ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]"]


def test_S01_a_closed_address_is_not_contacted(canary):
    """Whatever it is called, loopback is refused before it is connected to, and the reason says how to allow it."""
    port = canary.http.server_port

    found = ask([], *(f"http://{host}:{port}/" for host in INSIDE), f"http://[::1]:{port}/", "http://169.254.169.254/")

    assert {type(answer) for answer in found} == {NoResponse}
    assert found[0].reason == (f"127.0.0.1 is not a public address; list 127.0.0.1:{port} in network.allow to visit it")
    assert canary.requests == []


def test_S05_a_redirect_leads_to_no_closed_address(server, canary):
    """A server that is allowed cannot lead a visit to one that is not."""
    port = canary.http.server_port
    targets = [f"http://{host}:{port}/" for host in INSIDE] + ["http://169.254.169.254/latest/"]
    for place, target in enumerate(targets):
        server.replies[f"/{place}"] = Reply(status=301, headers={"Location": target})

    found = ask([server.host], *(f"{server.url}/{place}" for place in range(len(targets))))

    assert {type(answer) for answer in found} == {NoResponse}
    assert (len(server.requests), canary.requests) == (len(targets), [])


def test_a_host_may_be_allowed_by_name(server):
    """What feeds.yaml allows is what is visited: the name, at its port."""
    server.replies["/feed"] = Reply("<rss/>")
    port = server.http.server_port

    (by_name,) = ask([f"localhost:{port}"], f"http://localhost:{port}/feed")
    (by_address,) = ask([f"localhost:{port}"], f"http://127.0.0.1:{port}/feed")

    assert by_name.body == b"<rss/>"
    assert isinstance(by_address, NoResponse)


def test_F17_a_certificate_is_checked(secure):
    """Whom we do not know we do not ask."""
    secure.replies["/feed"] = Reply("<rss/>")

    (found,) = ask([secure.host], f"{secure.url}/feed")

    assert found == NoResponse("its certificate is not valid")
    assert secure.requests == []


def test_F17_a_visit_never_falls_back_from_https_to_http(server, secure, monkeypatch):
    """From http to https a redirect is followed; back again it is not."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    server.replies["/up"] = Reply(status=301, headers={"Location": f"{secure.url}/feed"})
    secure.replies["/feed"] = Reply("<rss/>")
    secure.replies["/down"] = Reply(status=301, headers={"Location": f"{server.url}/feed"})

    up, down = ask([server.host, secure.host], f"{server.url}/up", f"{secure.url}/down")

    assert (up.body, up.moved_to) == (b"<rss/>", f"{secure.url}/feed")
    assert down == NoResponse("it redirects from https to http")
    assert [path for path, _ in server.requests] == ["/up"]


SINCE = "Mon, 02 Dec 2019 08:00:00 GMT"
ASKED = (("Accept", "application/rss+xml"), ("If-None-Match", '"a"'), ("If-Modified-Since", SINCE))


def test_validators_stay_on_their_host(server, canary):
    """A redirect on the same host takes the validators along, one to another host does not."""
    server.replies["/old"] = Reply(status=301, headers={"Location": "/new"})
    server.replies["/new"] = Reply(status=302, headers={"Location": f"{canary.url}/feed"})
    canary.replies["/feed"] = Reply("<rss/>")

    ask([server.host, canary.host], Request(f"{server.url}/old", ASKED))

    (_, first), (_, second) = server.requests
    ((_, third),) = canary.requests
    assert first["if-none-match"] == second["if-none-match"] == '"a"'
    assert first["if-modified-since"] == second["if-modified-since"] == SINCE
    assert not {"if-none-match", "if-modified-since"} & third.keys()
    assert third["accept"] == "application/rss+xml"


def test_F15_a_password_stays_on_its_host(server, canary):
    """A name and password in an address go to its server, and not to where that one redirects."""
    server.replies["/old"] = Reply(status=302, headers={"Location": "/new"})
    server.replies["/new"] = Reply(status=302, headers={"Location": f"{canary.url}/feed"})
    canary.replies["/feed"] = Reply("<rss/>")

    ask([server.host, canary.host], f"http://ann:secret@{server.host}/old")

    expected = f"Basic {base64.b64encode(b'ann:secret').decode()}"
    assert [headers["authorization"] for _, headers in server.requests] == [expected] * 2
    assert "authorization" not in canary.requests[0][1]


def test_a_password_is_not_in_the_reason(server):
    """What is said about a redirect that was refused holds no secret."""
    server.replies["/feed"] = Reply(status=302, headers={"Location": "ftp://ann:secret@a.example/feed"})

    (found,) = ask([server.host], f"{server.url}/feed")

    assert "secret" not in found.reason


def test_what_is_sent(server):
    """A visitor says who it is and what it takes, and nothing else."""
    server.replies["/feed"] = Reply("<rss/>")

    ask([server.host], Request(f"{server.url}/feed", ASKED))

    ((_, headers),) = server.requests
    assert headers == {
        "host": server.host,
        "user-agent": "feedhub-test/1",
        "accept-encoding": "gzip",
        "accept": "application/rss+xml",
        "if-none-match": '"a"',
        "if-modified-since": SINCE,
    }


def test_F09_no_cookie_comes_back(server):
    """A cookie is not kept: not for the next hop, and not for the next visit."""
    server.replies["/old"] = Reply(status=302, headers={"Location": "/feed", "Set-Cookie": "crumb=1; Path=/"})
    server.replies["/feed"] = Reply("<rss/>", headers={"Set-Cookie": "crumb=2; Path=/"})

    ask([server.host], *[f"{server.url}/old"] * 3)

    assert len(server.requests) == 6
    assert not any({"cookie", "referer"} & headers.keys() for _, headers in server.requests)


def test_F20_netrc_is_not_read(server, tmp_path):
    """A password that lies at home for a host is not sent to it."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login ann password secret\ndefault login ann password secret\n")
    (tmp_path / ".netrc").chmod(0o600)

    ask([server.host], f"{server.url}/feed", f"http://ann@{server.host}/feed")

    assert [headers.get("authorization") for _, headers in server.requests] == [
        None,
        f"Basic {base64.b64encode(b'ann:').decode()}",
    ]


def test_F19_a_proxy_in_the_environment_is_not_used(server, canary, monkeypatch):
    """Only feeds.yaml says whom we connect to: what a shell exports has no say."""
    for name, end in itertools.product(("http", "https", "all", "HTTP", "HTTPS", "ALL"), ("_proxy", "_PROXY")):
        monkeypatch.setenv(name + end, canary.url)
    server.replies["/feed"] = Reply("<rss/>")

    (found,) = ask([server.host, canary.host], f"{server.url}/feed")

    assert found.body == b"<rss/>"
    assert canary.requests == []


def test_F19_a_proxy_that_feeds_yaml_names_is_used(server, monkeypatch):
    """For every visit, redirects as well; no_proxy has no say. It resolves names, so that nothing is looked up here."""
    monkeypatch.setenv("no_proxy", "*")
    server.replies |= {
        "http://feed.example/": Reply(status=301, headers={"Location": "http://other.example:8080/feed"}),
        "http://other.example:8080/feed": Reply("<rss/>"),
    }

    (found,) = ask([], "http://feed.example/", proxy=server.url)

    assert (found.body, found.url) == (b"<rss/>", "http://other.example:8080/feed")
    assert [path for path, _ in server.requests] == ["http://feed.example/", "http://other.example:8080/feed"]


def test_S01_a_proxy_is_not_asked_for_closed_addresses(server, canary):
    """Given as figures, or by a redirect; one that is allowed is, as without a proxy."""
    allowed, closed = f"http://{canary.host}/", [host for host in INSIDE if host != "localhost"]
    server.replies |= {
        "http://feed.example/": Reply(status=302, headers={"Location": "http://169.254.169.254/latest/"}),
        allowed: Reply("<rss/>"),
    }

    *found, good = ask(
        [canary.host], *(f"http://{host}/" for host in closed), "http://feed.example/", allowed, proxy=server.url
    )

    assert {type(answer) for answer in found} == {NoResponse}
    assert "169.254.169.254" in found[-1].reason
    assert good.body == b"<rss/>"
    assert sorted(path for path, _ in server.requests) == [allowed, "http://feed.example/"]
    assert canary.requests == []


def test_a_proxy_that_is_not_there_is_named(server):
    """Feeds fail with it; nobody is visited without."""
    server.replies["/feed"] = Reply("<rss/>")

    (found,) = ask([server.host], f"{server.url}/feed", proxy="http://no-such-proxy.invalid:3128")

    assert found == NoResponse("the host name of network.proxy does not resolve")
    assert server.requests == []
