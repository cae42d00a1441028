"""Addresses: which page is meant, what is no address of the web, what is shown of one."""

from urllib.parse import urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from feedhub.text.addresses import absolute, canonical, host_of, is_front_page, is_web, shown

ANY = st.text(st.characters(), max_size=30)

HOSTS = st.sampled_from(
    "a.example www.a.example www.www.a.example A.EXAMPLE. bücher.example xn--bcher-kva.example 127.0.0.1 0x7f.1 "
    "[::1] [2001:DB8::1] localhost www.www. user@a.example a:b@a.example a..example 例子.example".split()
)
PIECES = st.text(st.sampled_from("aZ~-%234fF76e&=?#;+./:@!$'()* \t\\é云|^{}[]<>\"`"), max_size=12) | st.sampled_from(
    "index.html x/index.html x/index.html/ index.html/index.php utm_source=x&b=2&a=1 %75tm_source=x &&a&&".split()
)
URLS = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp", "feed"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080", ":0", ":99999", ":"]),
    PIECES,
    PIECES,
    PIECES,
)
"""Addresses as feeds have them, and worse."""

SAME = {
    "the scheme does not matter": "http://a.example/x",
    "nor does www": "https://www.a.example/x",
    "nor the case of the host": "https://A.Example/x",
    "nor the dot at its end": "https://a.example./x",
    "nor a usual port": "https://a.example:443/x",
    "nor that of the other scheme": "http://a.example:443/x",
    "nor a closing slash": "https://a.example/x/",
    "nor several": "https://a.example/x//",
    "nor index.html": "https://a.example/x/index.html",
    "nor index.php": "https://a.example/x/index.php",
    "nor white space around it": " https://a.example/x\n",
    "nor tracking": "https://a.example/x?utm_source=rss&utm_medium=feed",
    "nor tracking in capitals": "https://a.example/x?UTM_Source=rss",
    "nor tracking in escapes": "https://a.example/x?%75tm_source=rss",
    "nor click ids": "https://a.example/x?fbclid=1&gclid=2&mc_cid=3",
    "nor an empty query": "https://a.example/x?",
    "nor the way to the comments": "https://a.example/x#comments",
    "nor a single comment": "https://a.example/x#comment-17",
    "nor a text that a browser is to mark": "https://a.example/x#:~:text=word",
    "nor the top": "https://a.example/x#top",
    "nor escapes of plain letters": "https://a.example/%78",
    "nor dots in the path": "https://a.example/y/../x",
    "nor who asks": "https://ann:secret@a.example/x",
}


@pytest.mark.parametrize("other", SAME.values(), ids=SAME)
def test_the_same_page(other):
    assert canonical(other) == canonical("https://a.example/x") == "https://a.example/x"


SAME_PAIRS = {
    "the order of a query": ("https://a.example/?b=2&a=1", "https://a.example/?a=1&b=2"),
    "the case of an escape": ("https://a.example/%e4%ba%91", "https://a.example/%E4%BA%91"),
    "Chinese escaped or not": ("https://a.example/云", "https://a.example/%E4%BA%91"),
    "a host in Punycode": ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    "the front page": ("https://a.example", "http://www.a.example/index.html"),
    "an address of six": ("https://[2001:DB8::1]:443/x", "http://[2001:db8:0::1]/x"),
}


@pytest.mark.parametrize(("one", "other"), SAME_PAIRS.values(), ids=SAME_PAIRS)
def test_does_not_count(one, other):
    assert canonical(one) == canonical(other)


OTHER = {
    "another path": ("https://a.example/x", "https://a.example/y"),
    "the case of a path": ("https://a.example/x", "https://a.example/X"),
    "a query that names content": ("https://a.example/?p=1", "https://a.example/?p=2"),
    "an id in a query": ("https://a.example/x?id=1", "https://a.example/x"),
    "a source, which may be content": ("https://a.example/x?source=a", "https://a.example/x"),
    "a place on a page, which may be the story": (
        "https://a.example/log.html#v1-11",
        "https://a.example/log.html#v1-10",
    ),
    "an escaped slash": ("https://a.example/a%2Fb", "https://a.example/a/b"),
    "an escaped escape": ("https://a.example/%2541", "https://a.example/A"),
    "another port": ("https://a.example:8080/x", "https://a.example/x"),
    "another host": ("https://blog.a.example/x", "https://a.example/x"),
    "a word that only starts like a place in the furniture": ("https://a.example/x#top-ten", "https://a.example/x"),
    "a page called index of something else": ("https://a.example/x/my-index.html", "https://a.example/x"),
}


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_counts(one, other):
    assert canonical(one) != canonical(other)


@given(ANY | URLS)
@example("https://a.example/x/index.html/")
@example("https://a.example/index.html/index.html")
@example("https://www.www.a.example/")
@example("https://[::1]:8080/x")
@example("https://www./")
@example("https://a.example/%%341")
@example("https://a.example/x#%74op")
def test_canonical_of_canonical_is_the_same(url):
    """Applied twice it gives what it gives once, for any text and any address."""
    assert canonical(canonical(url)) == canonical(url)


@given(URLS)
@example("https://[::1]/x")
@example("https://www./")
def test_canonical_of_an_address_is_one(url):
    """The key of a page is an https address with a host of its own, without its owner's password."""
    assume(is_web(url))

    key = canonical(url)

    assert is_web(key)
    assert key.startswith("https://")
    assert "@" not in urlsplit(key).netloc


@given(URLS, st.sampled_from(["utm_source=x", "fbclid=1", "spm=a.b", "_hsenc=z"]))
def test_tracking_never_counts(url, tracking):
    """Wherever it is added to a query."""
    assume(is_web(url) and "#" not in url.partition("?")[0])

    assert canonical(url.replace("?", f"?{tracking}&", 1)) == canonical(url)


@pytest.mark.parametrize("text", ["mailto:ann@a.example", "urn:a:1", "tag:a.example,2019:1", "not an address", ""])
def test_what_is_no_address_stays(text):
    """Ids that are no web address are compared as they are."""
    assert canonical(text) == text


FRONT = {
    "https://a.example": True,
    "https://www.a.example/": True,
    "https://a.example/index.html?utm_source=x#top": True,
    "https://a.example/x": False,
    "https://a.example/?p=1": False,
    "https://a.example/#v1": False,
}


@pytest.mark.parametrize(("url", "front"), FRONT.items())
def test_front_page(url, front):
    assert is_front_page(canonical(url)) is front


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
