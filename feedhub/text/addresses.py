"""Addresses: which page is meant, whatever the link to it looks like. Nothing here connects to anything."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

import can_ada

# Parameters that say where a reader came from, never what is shown. Names that some site uses for content
# (id, p, page, v, source) stay: a false merge loses an entry.
_TRACKING_PREFIXES = ("utm_", "mtm_", "pk_", "itm_", "hsa_", "_hs")
_TRACKING = frozenset(
    "fbclid gclid dclid msclkid yclid igshid twclid mc_cid mc_eid mkt_tok oly_anon_id oly_enc_id vero_id wickedid "
    "ncid cmpid ocid __twitter_impression s_kwcid gclsrc wt_mc at_medium at_campaign spm".split()
)

# Fragments that name a place in the furniture of a page; any other can be the story (changelog.html#v1-11).
_FURNITURE = re.compile(
    r"(?:$|top$|content$|main$|comments?$|respond$|disqus_thread$|more-\d+$|comment-\d+$|:~:|rss$|atom$|xtor=)",
    re.IGNORECASE,
)

_CLOSING = re.compile(r"(?:/+(?:(?:index|default)\.(?:html?|php|aspx?))?)+$", re.IGNORECASE)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


# An address as most are: joined to any base and read by any parser it stays what it is. Asked first, for its speed.
_PLAIN = re.compile(
    r"https?://(?:(?!xn--)[a-z0-9][a-z0-9-]*\.)+[a-z]+(?::[1-9][0-9]{0,3})?(?:/[\w.~!$&'()*+,=:@%/-]*)?"
    r"(?:\?[\w.~!$&'()*+,;=:@%/?-]+)?(?:#[\w.~!$&'()*+,;=:@%/?-]+)?",
    re.ASCII,
)

_PRIVATE = (
    "api[-_]?key|(?:access|auth|private|feed|rss|session|user)?[-_]?token|auth|key|secret|client[-_]secret|"
    "pass(?:word|wd)?|pwd|sig|signature|sid|session(?:id)?"
)
SECRETS = re.compile(
    rf"(?P<before>(?<=://)[^/@\s?#:]*:|(?<=://)(?=[^/@\s?#:]{{16}})|[?&](?:{_PRIVATE})=)"
    r"(?P<value>(?<=[:/])[^/\s?#]+(?=@)|(?<==)[^&#\s]+)",
    re.IGNORECASE,
)
"""What in an address is nobody's business: the password, a user that is a token, a parameter with a key."""


def canonical(url: str) -> str:
    """Return the key of the page that a link leads to; equal keys are the same page. It is never shown or fetched.

    Scheme, www, port, tracking, a closing slash, index.html and furniture fragments do not count. Applied twice it
    gives what it gives once. What is no http(s) address is returned as it is.

    >>> canonical("http://www.a.example:80/x/?utm_medium=rss#top")
    'https://a.example/x'
    """
    return page(url) or url.strip()


def page(url: str) -> str | None:
    """Return the key of the page that a link leads to, as canonical does; None when it leads to none."""
    parts = _parsed(url)
    if parts is None:
        return None
    host = re.sub(r"^(?:www\.)+(?=.)", "", parts.hostname.rstrip("."))
    port = f":{parts.port}" if parts.port not in ("", "80", "443") else ""
    path = _CLOSING.sub("", _escapes(parts.pathname)) or "/"
    query, fragment = parts.search[1:], parts.hash[1:]
    if query:
        query = "&".join(sorted(pair for pair in _escapes(query).split("&") if pair and not _tracks(pair)))
    if fragment:
        fragment = _escapes(fragment)
        fragment = "" if _FURNITURE.match(fragment) else fragment
    return f"https://{host}{port}{path}{query and '?' + query}{fragment and '#' + fragment}"


def fetch_key(url: str) -> str:
    """Return the key of what is fetched at an address; equal keys are one feed. It is never shown or fetched.

    Only the scheme, the password and how the host is spelled do not count: path and query stay exactly as they are.

    >>> fetch_key(" HTTP://ann:secret@A.example.:80/Feed/?b&a#top"), fetch_key("https://münchen.example")
    ('ann@a.example/Feed/?b&a', 'xn--mnchen-3ya.example/')
    """
    parts = _parsed(url)
    if parts is None:
        return url.strip()
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port not in ("", "80", "443") else ""
    return f"{user}{parts.hostname.rstrip('.')}{port}{parts.pathname}{parts.search}"


def is_front_page(key: str) -> bool:
    """Tell whether a key is that of a whole site's page, and so can be the key of no story.

    >>> is_front_page(canonical("https://www.a.example/index.html")), is_front_page("https://a.example/x")
    (True, False)
    """
    return key.endswith("/") and key.count("/") == 3


def web_address(url: str) -> str:
    """Return an address as it is written for the web: without the scheme that asks a browser for a reader of feeds.

    >>> web_address("feed:https://a.example/x"), web_address("feed://a.example/x")
    ('https://a.example/x', 'https://a.example/x')
    """
    rest = re.sub(r"^feed:(?://)?", "", url.strip(), flags=re.IGNORECASE)
    return rest if rest == url.strip() or "://" in rest else f"https://{rest}"


def is_web(url: str) -> bool:
    """Tell whether an address is one that we fetch or publish: http or https with a host."""
    return _parsed(url) is not None


def is_plain(url: str) -> bool:
    """Tell whether an address is in full, leads to the web and has nothing in it that could be read in two ways."""
    return len(url) < 1000 and _is_plain(url)


@lru_cache(maxsize=2048)  # One link is met as link, id, enclosure, and again at the next poll.
def _is_plain(url: str) -> bool:
    return _PLAIN.fullmatch(url) is not None


def normal(url: str) -> str | None:
    """Return an http(s) address as browsers ask for it, all ASCII (WHATWG), or None when it is none."""
    parts = _parsed(url)
    return str(parts.href) if parts else None


def absolute(base: str | None, url: str) -> str | None:
    """Return an http(s) address in full, seen from a base, or None when it leads anywhere else."""
    if is_plain(url):
        return url
    try:
        joined = urljoin(base or "", url.strip())
    except ValueError:  # "Invalid IPv6 URL": http://[oops
        return None
    return joined if is_web(joined) else None


def shown(url: str) -> str:
    """Return an address, or a text with addresses in it, without passwords and keys.

    >>> shown("https://ann:secret@a.example/feed?apikey=secret&page=2")
    'https://ann:***@a.example/feed?apikey=***&page=2'
    """
    return SECRETS.sub(r"\g<before>***", url)


def host_of(url: str) -> str:
    """Return the host of an address in lower case, without its port."""
    parts = _parsed(url)
    return parts.hostname.strip("[]") if parts else ""


def _parsed(url: str) -> Any:
    """Return an http(s) address in its parts, as browsers read it (WHATWG), or None."""
    try:
        parts = can_ada.parse(url.strip())
    except (ValueError, TypeError):  # TypeError: half a surrogate pair, which is no text to can_ada
        return None
    known = parts.protocol in ("https:", "http:") and parts.hostname and parts.port != "0"
    return parts if known else None


def _tracks(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES)


def _escapes(part: str) -> str:
    """Write each character in one way: unreserved ones plain, escapes in upper case (RFC 3986 section 6.2.2)."""
    plain = _ESCAPE.sub(_escape, part)
    return plain if plain == part else _escapes(plain)  # %%341 gives %41, which is an escape itself.


def _escape(escape: re.Match[str]) -> str:
    character = chr(int(escape.group(1), 16))
    return character if character in _UNRESERVED else escape.group().upper()
