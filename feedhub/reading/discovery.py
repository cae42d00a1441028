"""Where a page's feed may be: a page and its address -> addresses to try, the likeliest first. Fetches nothing."""

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from feedhub.text.addresses import absolute
from feedhub.text.markup import Link, page_links

_MOST_BYTES = 1 << 20
"""Links to feeds stand at a page's head; what comes after so much of it is not looked at."""
_MOST = 40

# What pages call feeds. application/json is not among them: WordPress means its API by it.
_TYPES = frozenset(
    "application/rss+xml application/atom+xml application/feed+json application/rdf+xml application/x.atom+xml "
    "application/x-atom+xml application/xml text/xml text/rss+xml text/atom+xml".split()
)
_FEED_LIKE = re.compile(
    r"(?:/(?:feed|feeds|rss|atom)(?:/|/index\.xml)?|/(?:feed|rss|atom|index)\.xml|\.(?:rss|atom)|/feed\.json)$",
    re.IGNORECASE,
)
_COMMENTS = re.compile(r"comment", re.IGNORECASE)

# The generators of static sites and the usual blogs, the likeliest first.
_BESIDE = ("feed.xml", "index.xml", "rss.xml", "atom.xml", "feed")
_AT_THE_ROOT = (
    "/feed.xml",
    "/feed",
    "/index.xml",
    "/rss.xml",
    "/atom.xml",
    "/feed.json",
    "/rss",
    "/blog/feed.xml",
    "/blog/index.xml",
)

# Sites whose feeds have addresses of their own. GitHub names only its commits in a repository's page.
_SITES = (
    (r"(https://github\.com/[^/]+/[^/]+?)(?:\.git)?/?", (r"\1/releases.atom", r"\1/tags.atom", r"\1/commits.atom")),
    (r"(https://github\.com/[^/]+/[^/]+)/(releases|tags)/?", (r"\1/\2.atom",)),
    (r"(https://github\.com/[^/]+/[^/]+)/(?:tree|commits)/(.+?)/?", (r"\1/commits/\2.atom",)),
    (r"(https://gitlab\.com/.+?)(?:\.git|/)?", (r"\1/-/releases?format=atom", r"\1/-/tags?format=atom")),
    (r"https://(?:www\.)?youtube\.com/channel/([^/]+).*", (r"https://www.youtube.com/feeds/videos.xml?channel_id=\1",)),
    (r"https://medium\.com/(@?[^/]+)/?", (r"https://medium.com/feed/\1",)),
)  # fmt: skip


def candidates(page: bytes, url: str) -> tuple[str, ...]:
    """Return the addresses at which the feed of a page may be, the likeliest first.

    What the page itself names as its feed comes before what it links to, and that before the usual places.

    >>> candidates(b'<link rel=alternate type=application/rss+xml href=news.rss>', "https://a.example/blog/")[:2]
    ('https://a.example/blog/news.rss', 'https://a.example/blog/feed.xml')
    """
    base, links = page_links(page[:_MOST_BYTES].decode("utf-8", "replace"))
    start = _seen_from(url, base) or url
    named = [_seen_from(start, link.href) for link in links if _is_named(link)]
    linked = [_seen_from(start, link.href) for link in links if link.tag == "a"]
    own = of_site(url)
    said = (*own, *_comments_last(named), *_comments_last(one for one in linked if one and _looks_like_one(one)))
    unique = dict.fromkeys((*said, *(() if own else usual_places(url))))
    return tuple(one for one in unique if one != url)[:_MOST]


def named(page: bytes, url: str) -> tuple[str, ...]:
    """Return the addresses that a page itself calls its feeds, those of comments last."""
    base, links = page_links(page[:_MOST_BYTES].decode("utf-8", "replace"))
    start = _seen_from(url, base) or url
    return tuple(dict.fromkeys(_comments_last(_seen_from(start, link.href) for link in links if _is_named(link))))


def of_site(url: str) -> tuple[str, ...]:
    """Return where a well-known site keeps the feeds of a page.

    >>> of_site("https://github.com/wagoodman/dive")[0]
    'https://github.com/wagoodman/dive/releases.atom'
    """
    for pattern, places in _SITES:
        found = re.fullmatch(pattern, url.partition("#")[0].partition("?")[0])
        if found:
            return tuple(found.expand(place) for place in places)
    return ()


def usual_places(url: str) -> tuple[str, ...]:
    """Return where feeds mostly are: beside the page, then at the root of its site."""
    path = urlsplit(url).path
    folder = path if "." not in path.rpartition("/")[2] else path.rpartition("/")[0]
    folder = folder.rstrip("/")
    beside = tuple(f"{folder}/{name}" for name in _BESIDE) if folder else ()
    return tuple(urljoin(url, place) for place in (*beside, *_AT_THE_ROOT))


def _seen_from(base: str, href: str | None) -> str | None:
    """Return an address in full; no $NAME in a page is taken for a secret of ours and sent to who wrote the page."""
    return absolute(base, href.replace("$", "%24")) if href else None


def _is_named(link: Link) -> bool:
    """Tell whether a page says of a link that it is its feed."""
    kind = link.type.partition(";")[0].strip().lower()
    return link.tag == "link" and ("feed" in link.rel or ("alternate" in link.rel and kind in _TYPES))


def _looks_like_one(url: str) -> bool:
    return bool(_FEED_LIKE.search(urlsplit(url).path))


def _comments_last(found: Iterable[str | None]) -> list[str]:
    """Put feeds of comments behind the others."""
    return sorted((one for one in found if one), key=lambda one: bool(_COMMENTS.search(one)))
