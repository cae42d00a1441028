"""Addresses: what is none of the web, where a relative one leads, what is shown of one."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urls import ANY, URLS

from feedhub.text.addresses import absolute, host_of, is_same_server, is_web, shown

WEB = {
    "http": ("http://a.example/", True),
    "https, in capitals": ("HTTPS://A.EXAMPLE", True),
    "an address of four": ("http://127.0.0.1:8000/feed", True),
    "an address of six": ("http://[::1]/", True),
    "a script": ("javascript:alert(1)", False),
    "a script behind blanks": (" \tjava\nscript:alert(1)", False),
    "data": ("data:text/html,x", False),
    "a file": ("file:///etc/passwd", False),
    "an old protocol": ("ftp://a.example/", False),
    "the scheme of feeds": ("feed://a.example/", False),
    "no host": ("http://", False),
    "a relative link": ("/x", False),
    "a link without a scheme": ("//a.example/x", False),
    "a port that there is none of": ("http://a.example:99999/", False),
    "port zero, which is none either": ("http://a.example:0/", False),
    "half an address of six": ("http://[::1/", False),
    "nothing": ("", False),
    "half a pair": ("http://\ud800.example/", False),
}


@pytest.mark.parametrize(("url", "web"), WEB.values(), ids=WEB)
def test_is_web(url, web):
    assert is_web(url) is web


ABSOLUTE = {
    "a full one stays": ("https://a.example/feed", "http://b.example/x", "http://b.example/x"),
    "a relative one starts from the folder": ("https://a.example/blog/feed", "x", "https://a.example/blog/x"),
    "or from the root": ("https://a.example/blog/feed", "/x", "https://a.example/x"),
    "or takes the scheme": ("https://a.example/", "//b.example/x", "https://b.example/x"),
    "blanks do not matter": ("https://a.example/", "\n x ", "https://a.example/x"),
    "no base, no link": (None, "x", None),
    "a script leads nowhere": ("https://a.example/", "javascript:x()", None),
    "nor does a mailbox": ("https://a.example/", "mailto:ann@a.example", None),
    "nor what no parser can read": ("https://a.example/", "http://[oops", None),
    "nor a base that is none": ("not a base", "x", None),
}


@pytest.mark.parametrize(("base", "url", "full"), ABSOLUTE.values(), ids=ABSOLUTE)
def test_absolute(base, url, full):
    assert absolute(base, url) == full


@given(ANY | URLS, ANY | URLS)
@example("https://a.example/", "http://[")
@example("https://a.example/", "\ud800")
@example("http://[::1/", "//x")
def test_absolute_gives_a_web_address_or_none(base, url):
    """And never raises, whatever a feed says."""
    full = absolute(base, url)

    assert full is None or is_web(full)


SAME = {
    "another path": ("https://a.example/x?y", "https://a.example/z", True),
    "other case": ("https://a.example/", "HTTPS://A.Example", True),
    "the usual port": ("https://a.example/", "https://a.example:443/", True),
    "a password": ("https://a.example/", "https://ann:secret@a.example/", True),
    "from http to https": ("http://a.example/", "https://a.example/", True),
    "from https to http": ("https://a.example/", "http://a.example/", False),
    "from http to https on another port": ("http://a.example/", "https://a.example:8443/", False),
    "from https on another port": ("http://a.example:8080/", "https://a.example/", False),
    "another host": ("https://a.example/", "https://b.example/", False),
    "a host below": ("https://a.example/", "https://x.a.example/", False),
    "the same as a user": ("https://a.example/", "https://a.example@b.example/", False),
    "another port": ("https://a.example/", "https://a.example:8443/", False),
    "no address": ("https://a.example/", "http://[oops", False),
    "none at all": ("", "", False),
}


@pytest.mark.parametrize(("url", "other", "expected"), SAME.values(), ids=SAME)
def test_is_same_server(url, other, expected):
    """What one gives us, or is given by us, may go to the other."""
    assert is_same_server(url, other) is expected


SHOWN = {
    "a password is hidden": ("https://ann:s3cr3t@a.example/feed", "https://ann:***@a.example/feed"),
    "so is one without a name": ("https://:s3cr3t@a.example/", "https://:***@a.example/"),
    "so is one with a colon in it": ("https://ann:s3c:r3t@a.example/", "https://ann:***@a.example/"),
    "so is one with an at in it": ("https://ann:s3c@r3t@a.example/", "https://ann:***@a.example/"),
    "a name alone stays": ("https://ann@a.example/", "https://ann@a.example/"),
    "a port is no password": ("https://a.example:8080/x@y", "https://a.example:8080/x@y"),
    "other addresses stay": ("https://a.example/a:b@c", "https://a.example/a:b@c"),
    "nor is a port before a mailbox": ("http://a.example:80 of ann@b.example", "http://a.example:80 of ann@b.example"),
    "in a sentence too": ("GET http://u:s3cr3t@a.example/ failed", "GET http://u:***@a.example/ failed"),
}


@pytest.mark.parametrize(("url", "said"), SHOWN.values(), ids=SHOWN)
def test_shown(url, said):
    assert shown(url) == said


KEYS = (
    "apikey api_key API-Key token access_token auth-token feed_token rsstoken private_token auth key secret "
    "client_secret pass passwd password pwd sig signature sid session sessionid"
)
NO_KEYS = "keyword monkey tokens author page passage design side sessions q id"


@pytest.mark.parametrize("name", KEYS.split())
def test_O14_a_key_is_not_shown(name):
    """Wherever it stands in the query; what stands beside it is."""
    for query in ("{}=S3CR3T", "{}=S3CR3T&page=2", "page=2&{}=S3CR3T#top"):
        url = f"https://a.example/feed?{query.format(name)}"

        assert shown(url) == url.replace("S3CR3T", "***")


@pytest.mark.parametrize("name", NO_KEYS.split())
def test_what_is_no_key_is_shown(name):
    assert shown(f"https://a.example/feed?{name}=cloud") == f"https://a.example/feed?{name}=cloud"


@given(st.text("abc:@.%!=", max_size=12))
def test_no_password_is_ever_shown(password):
    """Whatever characters are in it that may stand in an address."""
    assert "S3CR3T" not in shown(f"https://ann:{password}S3CR3T@a.example/feed")


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://WWW.A.example:8080/x", "www.a.example"), ("http://bücher.example", "xn--bcher-kva.example"), ("x", "")],
)
def test_host_of(url, host):
    """The host as it is connected to: lower case, without a port."""
    assert host_of(url) == host
