"""Who may be connected to: a table of addresses that are closed, one of open ones, and what feeds.yaml allows."""

import pytest

from feedhub.door import guard
from feedhub.door.limits import Limits

CLOSED = {
    "this network (RFC 791)": "0.0.0.0",
    "this network, another host": "0.1.2.3",
    "private, 10/8 (RFC 1918)": "10.0.0.1",
    "private, the end of 10/8": "10.255.255.255",
    "private, 172.16/12": "172.16.0.1",
    "private, the end of 172.16/12": "172.31.255.254",
    "private, 192.168/16": "192.168.1.1",
    "shared by carriers (RFC 6598)": "100.64.0.1",
    "shared by carriers, the end": "100.127.255.254",
    "loopback": "127.0.0.1",
    "loopback, another one": "127.0.0.53",
    "loopback, the end": "127.255.255.254",
    "link-local (RFC 3927)": "169.254.1.1",
    "a cloud's metadata": "169.254.169.254",
    "protocol assignments (RFC 6890)": "192.0.0.1",
    "NAT64 discovery": "192.0.0.170",
    "documentation 1 (RFC 5737)": "192.0.2.1",
    "documentation 2": "198.51.100.7",
    "documentation 3": "203.0.113.250",
    "6to4 relays (RFC 7526)": "192.88.99.1",
    "benchmarks (RFC 2544)": "198.18.0.1",
    "benchmarks, the second half": "198.19.255.254",
    "multicast": "224.0.0.1",
    "multicast, the end": "239.255.255.250",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified": "::",
    "IPv6 loopback": "::1",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped, written in hex": "::ffff:7f00:1",
    "mapped private": "::ffff:192.168.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "mapped unspecified": "::ffff:0.0.0.0",
    "compatible loopback (RFC 4291, deprecated)": "::127.0.0.1",
    "compatible private": "::10.0.0.1",
    "translated loopback (RFC 2765)": "::ffff:0:127.0.0.1",
    "NAT64 of loopback (RFC 6052)": "64:ff9b::127.0.0.1",
    "NAT64 of private": "64:ff9b::10.0.0.1",
    "NAT64 of metadata": "64:ff9b::a9fe:a9fe",
    "NAT64 for local use (RFC 8215)": "64:ff9b:1::1",
    "discard (RFC 6666)": "100::1",
    "Teredo (RFC 4380)": "2001:0:7f00:1::1",
    "benchmarks (RFC 5180)": "2001:2::1",
    "ORCHID (RFC 7343)": "2001:20::1",
    "IPv6 documentation (RFC 3849)": "2001:db8::1",
    "IPv6 documentation (RFC 9637)": "3fff::1",
    "6to4 of loopback (RFC 3056)": "2002:7f00:1::1",
    "6to4 of private": "2002:c0a8:101::1",
    "6to4 of private, 10/8": "2002:a00:1::",
    "6to4 of link-local": "2002:a9fe:a9fe::1",
    "segment routing (RFC 9602)": "5f00::1",
    "outside of what is given out (RFC 4291)": "4000::1",
    "unique local (RFC 4193)": "fc00::1",
    "unique local, chosen by chance": "fd12:3456:789a::1",
    "IPv6 link-local": "fe80::1",
    "IPv6 link-local with its zone": "fe80::1%eth0",
    "site-local (RFC 3879)": "fec0::1",
    "IPv6 multicast": "ff02::1",
    "IPv6 multicast to the world": "ff0e::1",
    "no address at all": "localhost",
}

OPEN = {
    "a resolver": "8.8.8.8",
    "another": "1.1.1.1",
    "right before 10/8": "9.255.255.255",
    "right behind 172.16/12": "172.32.0.1",
    "right behind 100.64/10": "100.128.0.1",
    "right before multicast": "223.255.255.254",
    "an IPv6 resolver": "2606:4700:4700::1111",
    "mapped public": "::ffff:8.8.8.8",
    "NAT64 of public": "64:ff9b::8.8.8.8",
    "6to4 of public": "2002:808:808::1",
}


def test_S12_there_are_sixty_closed_addresses_and_ten_open_ones():
    """The table is as long as it is meant to be: no line of it was lost to another with its name."""
    assert (len(set(CLOSED.values())), len(set(OPEN.values()))) == (60, 10)


@pytest.mark.parametrize("ip", CLOSED.values(), ids=CLOSED)
def test_S12_closed(ip):
    """What leads inside, or nowhere, is not public."""
    assert not guard.is_public(ip)


@pytest.mark.parametrize("ip", OPEN.values(), ids=OPEN)
def test_S12_open(ip):
    """What everybody can reach is public."""
    assert guard.is_public(ip)


NAME, LITERAL = "http://inside.example:8080/feed", "http://127.0.0.1:8080/feed"

ALLOWED = {
    "nothing is allowed, the address is public": ("8.8.8.8", 80, "http://a.example/feed", "", True),
    "nothing is allowed, the address is private": ("10.0.0.1", 8080, NAME, "", False),
    "the address and its port": ("127.0.0.1", 8080, LITERAL, "127.0.0.1:8080", True),
    "the address, of a host that is not named": ("127.0.0.1", 8080, NAME, "127.0.0.1:8080", True),
    "an IPv6 address, in brackets": ("::1", 8080, "http://[::1]:8080/feed", "[::1]:8080", True),
    "another port": ("127.0.0.1", 8081, "http://127.0.0.1:8081/feed", "127.0.0.1:8080", False),
    "another address": ("127.0.0.53", 8080, "http://127.0.0.53:8080/feed", "127.0.0.1:8080", False),
    "the other loopback": ("::1", 8080, "http://[::1]:8080/feed", "127.0.0.1:8080", False),
    "the start of an address is not it": ("127.0.0.1", 80, "http://127.0.0.1/", "127.0.0.1:8080", False),
    "the host by name, wherever it is": ("10.0.0.1", 8080, NAME, "inside.example:8080", True),
    "the host by name, without regard to case": (
        "10.0.0.1",
        8080,
        "http://Inside.Example:8080/",
        "inside.example:8080",
        True,
    ),
    "the host by name, at another port": ("10.0.0.1", 80, "http://inside.example/", "inside.example:8080", False),
    "a host below the one that is named": ("10.0.0.1", 80, "http://a.in.example/", "in.example:80", False),
    "http means port 80": ("10.0.0.1", 80, "http://in.example/", "in.example:80", True),
    "https means port 443": ("10.0.0.1", 443, "https://in.example/", "in.example:443", True),
    "https is not port 80": ("10.0.0.1", 443, "https://in.example/", "in.example:80", False),
    "a redirect away from the host that is named": ("10.0.0.1", 80, "http://b.example/", "in.example:80", False),
    "the host before the @ is not the one": ("10.0.0.1", 80, "http://in.example:80@b.example/", "in.example:80", False),
    "a name that moved inside meanwhile": ("127.0.0.2", 8080, "http://b.example:8080/", "127.0.0.1:8080", False),
    "an open address needs no allowing": ("8.8.8.8", 80, "http://b.example/", "in.example:80", True),
}


def allowing(*pairs: str, proxy: str | None = None) -> Limits:
    return Limits("feedhub-test/1", frozenset(filter(None, pairs)), proxy=proxy)


@pytest.mark.parametrize(("ip", "port", "url", "allow", "verdict"), ALLOWED.values(), ids=ALLOWED)
def test_allowed(ip, port, url, allow, verdict):
    """A closed address is visited when feeds.yaml names the very host and port, and only then."""
    assert guard.is_open(ip, port, url, allowing(allow)) is verdict


def test_a_literal_is_allowed_as_what_it_resolves_to_only():
    """Naming a literal allows the connection to it, not one to another address that it is taken for."""
    assert not guard.is_open("10.0.0.1", 80, "http://127.0.0.1/", allowing("127.0.0.1:80"))


VISITED = {
    "http": "http://a.example/feed",
    "https": "https://a.example:8443/feed",
    "in capitals": "HTTPS://A.EXAMPLE/feed",
    "with a name and a password": "https://ann:secret@a.example/feed",
    "an IPv6 host": "http://[2606:4700::1]/feed",
}


@pytest.mark.parametrize("url", VISITED.values(), ids=VISITED)
def test_not_refused(url):
    """Addresses of http and https may be visited, as far as they go by themselves."""
    assert guard.refusal(url) is None


REFUSED = {
    "a file": ("file:///etc/passwd", "file scheme: only http and https are visited"),
    "a file, behind a blank": (" file:///etc/passwd", "file scheme"),
    "ftp": ("ftp://a.example/feed", "ftp scheme"),
    "gopher": ("gopher://a.example/1", "gopher scheme"),
    "data": ("data:text/xml,<rss/>", "data scheme"),
    "javascript": ("javascript:alert(1)", "javascript scheme"),
    "a program": ("exec:/bin/true", "exec scheme"),
    "a program, as newsboat has them": ("|true", "no scheme"),
    "a bare host": ("a.example/feed", "no scheme"),
    "no scheme, but a host": ("//a.example/feed", "no scheme"),
    "nothing": ("", "no scheme"),
    "no host": ("http:///feed", "this is no address"),
    "a port without a host": ("http://:80/feed", "this is no address"),
    "no slashes": ("http:a.example", "this is no address"),
    "port 0": ("http://a.example:0/", "this is no address"),
    "a port that there is not": ("http://a.example:65536/", "this is no address"),
    "a port in letters": ("http://a.example:http/", "this is no address"),
    "a bracket left open": ("http://[::1/feed", "this is no address"),
}


@pytest.mark.parametrize(("url", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(url, why):
    """Anything else is refused before anything is resolved, and says why."""
    assert guard.refusal(url).startswith(why)
