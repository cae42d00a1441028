"""From an address to the feed there: what pages name, where feeds usually are, and how often we knock."""

import time

import pytest
from conftest import TUESDAY, Internet, item, make_hub, rss
from polling import Here

from feedhub.model.feed import Feed, FeedState, NoResponse, Response
from feedhub.pollers import checking, finding
from feedhub.pollers.finding import NotFound
from feedhub.reading.discovery import candidates
from feedhub.rules.naming import name_for
from feedhub.text.addresses import fetch_key

SITE = "https://a.example/blog/post.html"
NAMED = {
    "a relative link": ("<link rel=alternate type=application/rss+xml href='../news.rss'>", "https://a.example/news.rss"),
    "a base": ("<base href=/x/><link rel=alternate type=application/atom+xml href=a.atom>", "https://a.example/x/a.atom"),
    "capitals and blanks": (
        '<LINK REL="Home ALTERNATE" TYPE="Application/RSS+XML; charset=utf-8" HREF=" f?a=1&amp;b=2 ">',
        "https://a.example/blog/f?a=1&b=2",
    ),
    "rel=feed": ("<link rel=feed href=/me>", "https://a.example/me"),
    "not the comments": (
        "<link rel=alternate type=text/xml href=/comments/feed/><link rel=alternate type=text/xml href=/f>",
        "https://a.example/f",
    ),
    "not what is no feed": (
        "<link rel=alternate hreflang=de href=/de><link rel=stylesheet href=/feed><a href=https://b.example/rss.xml>RSS</a>",
        "https://b.example/rss.xml",
    ),
    "no other scheme": ("<link rel=feed href='javascript:x'><link rel=feed href='file:///etc/passwd'>", "https://a.example/blog/feed.xml"),
    "no secret of ours": ("<link rel=feed href='https://evil.example/?$HOME'>", "https://evil.example/?%24HOME"),
}  # fmt: skip


@pytest.mark.parametrize(("page", "first"), NAMED.values(), ids=NAMED)
def test_what_a_page_names_comes_first(page, first):
    """Links to feeds, as browsers would read them; then links that look like feeds; then the usual places."""
    assert candidates(page.encode(), SITE)[0] == first


def test_github_has_its_own_places():
    """A repository's page names its commits alone; its releases are what is news."""
    page = b"<link rel=alternate type=application/atom+xml href=/o/r/commits/main.atom>"

    assert candidates(page, "https://github.com/o/r")[:2] == (
        "https://github.com/o/r/releases.atom",
        "https://github.com/o/r/tags.atom",
    )
    assert "https://github.com/o/r/commits/main.atom" in candidates(page, "https://github.com/o/r")


@pytest.mark.parametrize("tag", ["<div>", "<!--", "<a ", "<link href=x ", "<table><a href=x>", "<a href='<"])
def test_P05_a_hostile_page_costs_no_time(tag):
    """A tree of 200,000 elements takes the parser minutes; only the tags of links are parsed."""
    began = time.process_time()

    candidates(tag.encode() * ((1 << 20) // len(tag)), SITE)

    assert time.process_time() - began < 2


SAME = ["http://a.example/f", "https://A.Example/f", " https://a.example:443/f ", "http://a.example.:80/f#x"]
OTHERS = ["https://a.example/F", "https://a.example/f/", "https://a.example/f?b", "https://a.example:8/f"]


def test_G05_one_feed_however_its_address_is_spelled():
    """Scheme, case and port of the host, blanks; IDN and punycode. Paths and queries stay what they are."""
    assert {fetch_key(address) for address in SAME} == {"a.example/f"}
    assert "a.example/f" not in {fetch_key(address) for address in OTHERS}
    assert fetch_key("https://bücher.example/f") == fetch_key("http://XN--BCHER-KVA.example/f")
    assert fetch_key("https://ann:one@a.example/f") == fetch_key("https://ann:two@a.example/f") != fetch_key(SAME[0])


def test_names_are_of_titles_and_unique():
    """A title without Latin letters leaves the host; what is taken gets a number."""
    assert name_for("L'été à Kube — news!", "https://a.example/", ()) == "l-ete-a-kube-news"
    assert name_for("云原生", "https://www.cloud.example/x", {"cloud.example"}) == "cloud.example-2"


# finding


@pytest.fixture
def find(internet, monkeypatch):
    """Find a feed on an internet that is a dict."""
    monkeypatch.setattr(finding, "Readers", Here)
    monkeypatch.setattr(checking, "Readers", Here)
    return lambda address: finding.find(address, internet)


def page(url: str, body: str = "<html>x") -> Response:
    return Response(200, url, {"content-type": "text/html"}, body.encode())


def feed(url: str, *items: str) -> Response:
    return Response(200, url, {}, rss(*(items or (item(1),))).encode())


def moved_to(url: str) -> Response:
    return Response(200, url, {}, rss(item(1)).encode(), moved_to=url)


def asked(internet: Internet) -> list[str]:
    return [request.url for request in internet.asked]


def test_a_feed_is_found_at_once(find, internet):
    """One visit; an empty feed is one as well, when it is what was asked for."""
    internet["https://a.example/f"] = Response(200, "https://a.example/f", {}, rss().encode())

    found = find("https://a.example/f")

    assert (found.url, len(found.document.entries), asked(internet)) == (
        "https://a.example/f",
        0,
        ["https://a.example/f"],
    )


def test_a_page_leads_to_its_feed(find, internet):
    """Candidates one after the other: one that has entries is better than one without."""
    links = "<link rel=feed href=/gone><link rel=feed href=/empty><link rel=feed href=/full>"
    internet |= {
        "https://a.example/": page("https://a.example/", links),
        "https://a.example/empty": Response(200, "https://a.example/empty", {}, rss().encode()),
        "https://a.example/full": feed("https://a.example/full"),
    }

    assert find("https://a.example/").url == "https://a.example/full"
    del internet["https://a.example/full"]
    assert find("https://a.example/").url == "https://a.example/empty"


def test_where_there_is_nothing_the_front_page_knows(find, internet):
    """A third of the addresses that people write down are wrong, and the site is mostly still there."""
    internet |= {
        "https://a.example/feed.rss": Response(404, "https://a.example/feed.rss"),
        "https://a.example/": page("https://a.example/", "<link rel=feed href=/new.xml>"),
        "https://a.example/new.xml": feed("https://a.example/new.xml"),
    }

    assert find("https://a.example/feed.rss").url == "https://a.example/new.xml"


def test_redirects_for_good_are_followed_for_good(find, internet):
    """What is listed is where permanent redirects lead; a temporary one is followed every time."""
    internet |= {
        "https://a.example/f": moved_to("https://b.example/f"),
        "https://c.example/f": feed("https://d.example/f"),
    }

    assert find("https://a.example/f").url == "https://b.example/f"
    assert (find("https://c.example/f").url, find("https://c.example/f").read_at) == (
        "https://c.example/f",
        "https://d.example/f",
    )


def test_we_knock_ten_times_at_most(find, internet):
    """A site that answers everything with its page is asked no more; what was tried is told."""

    class Everywhere(Internet):
        def get(self, url, _=None):
            return page(url)

    everywhere = Everywhere()
    found = finding.find("https://a.example/x/", everywhere)

    assert isinstance(found, NotFound)
    assert found.reason == "this is an HTML page, not a feed"
    assert (len(everywhere.asked), len(found.tried)) == (finding.MOST_VISITS, finding.MOST_VISITS - 1)


def test_who_gives_no_answer_is_not_asked_again(find, internet):
    """A host that does not resolve, or may not be visited, has no other doors."""
    internet["https://a.example/"] = NoResponse("127.0.0.1 is not a public address")

    assert find("https://a.example/") == NotFound("127.0.0.1 is not a public address")
    assert asked(internet) == ["https://a.example/"]


# checking

FAST = [item(number, pubDate=f"Tue, 10 Dec 2019 09:{number * 5:02}:00 GMT") for number in range(10)]
OLD = [item(number, pubDate=f"{number + 1:02} Nov 2018 09:00:00 GMT") for number in range(10)]
U = "https://a.example/f"
HOME, OTHER = "https://a.example/", "https://a.example/g"
LINK = "<html><link rel=feed href=/g>"
CHECKED = {
    "ok": ({U: feed(U)}, "ok", "", None),
    "gone": ({U: Response(410, U)}, "gone", "410", None),
    "dead": ({U: Response(500, U)}, "dead", "HTTP 500", None),
    "dead, and where it is": ({U: Response(404, U), HOME: page(HOME, LINK), OTHER: feed(OTHER)}, "dead", "404", OTHER),
    "no host": ({}, "dead", "does not resolve", None),
    "a page": ({U: page(U, LINK), OTHER: feed(OTHER)}, "page", "HTML page, not a feed; the feed of that", OTHER),
    "moved": ({U: moved_to(OTHER)}, "moved", f"for good to {OTHER}", OTHER),
    "another feed's": ({U: feed("https://twin.example/f")}, "duplicate", "the same feed as twin", None),
    "stale": ({U: feed(U, *OLD)}, "stale", "nothing new since 2018-11-10", None),
    "a short window": ({U: feed(U, *FAST)}, "window", "10 dated entries cover 45 minutes, and 12 come between", None),
}


@pytest.mark.parametrize(("there", "verdict", "says", "address"), CHECKED.values(), ids=CHECKED)
def test_what_is_wrong_with_a_feed_is_said(find, internet, there, verdict, says, address):
    """In a word and a sentence, with the address that it should lead to instead."""
    internet |= there
    listed = (Feed("a", U), Feed("twin", "http://twin.example/f"))
    usual = make_hub().network.interval

    (one,) = checking.check([FeedState(1, listed[0])], listed, usual, internet, TUESDAY)

    assert one.verdict == verdict
    assert says in "".join(found.says for found in one.findings)
    assert [found.address for found in one.findings] == ([] if verdict == "ok" else [address])


def test_L08_who_said_to_stay_away_is_not_visited(find, internet):
    """A feed that is gone or held is told from what is known."""
    gone = FeedState(1, Feed("a", U), gone_since=TUESDAY)
    held = FeedState(2, Feed("b", U), hold_until=TUESDAY.replace(hour=12))

    found = list(checking.check([gone, held], (), make_hub().network.interval, internet, TUESDAY))

    assert [one.verdict for one in found] == ["gone", "held"]
    assert internet.asked == []
