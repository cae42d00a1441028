"""Addresses: what is one, how it is read and shown. Which page is meant is in links. Nothing here connects anywhere."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

import can_ada

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


def fetch_key(url: str) -> str:
    """Return the key of what is fetched at an address; equal keys are one feed. It is never shown or fetched.

    Only the scheme, the password and how the host is spelled do not count: path and query stay exactly as they are.

    >>> fetch_key(" HTTP://ann:secret@A.example.:80/Feed/?b&a#top"), fetch_key("https://münchen.example")
    ('ann@a.example/Feed/?b&a', 'xn--mnchen-3ya.example/')
    """
    parts = parsed(url)
    if parts is None:
        return url.strip()
    user = f"{parts.username}@" if parts.username else ""
    port = f":{parts.port}" if parts.port not in ("", "80", "443") else ""
    return f"{user}{parts.hostname.rstrip('.')}{port}{parts.pathname}{parts.search}"


def web_address(url: str) -> str:
    """Return an address as it is written for the web: without what asks a browser for a reader of feeds or calendars.

    >>> web_address("feed:https://a.example/x"), web_address("webcal://a.example/x")
    ('https://a.example/x', 'https://a.example/x')
    """
    rest = re.sub(r"^(?:feed|webcal):(?://)?", "", url.strip(), flags=re.IGNORECASE)
    return rest if rest == url.strip() or "://" in rest else f"https://{rest}"


def is_web(url: str) -> bool:
    """Tell whether an address is one that we fetch or publish: http or https with a host."""
    return parsed(url) is not None


def is_plain(url: str) -> bool:
    """Tell whether an address is in full, leads to the web and has nothing in it that could be read in two ways."""
    return len(url) < 1000 and _is_plain(url)


@lru_cache(maxsize=2048)  # One link is met as link, id, enclosure, and again at the next poll.
def _is_plain(url: str) -> bool:
    return _PLAIN.fullmatch(url) is not None


def normal(url: str) -> str | None:
    """Return an http(s) address as browsers ask for it, all ASCII (WHATWG), or None when it is none."""
    parts = parsed(url)
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
    parts = parsed(url)
    return parts.hostname.strip("[]") if parts else ""


def is_same_server(url: str, other: str) -> bool:
    """Tell whether what is meant for an address may go to another: the same scheme, host and port, or https after http.

    >>> is_same_server("https://a.example/x", "https://a.example:443/y"), is_same_server("https://a.example/", "x")
    (True, False)
    """
    one, two = parsed(url), parsed(other)
    if one is None or two is None:
        return False
    is_safer = (one.protocol, two.protocol) == ("http:", "https:") and one.host == two.host == one.hostname
    return bool(is_safer or one.origin == two.origin)


def parsed(url: str) -> Any:
    """Return an http(s) address in its parts, as browsers read it (WHATWG), or None."""
    try:
        parts = can_ada.parse(url.strip())
    except (ValueError, TypeError):  # TypeError: half a surrogate pair, which is no text to can_ada
        return None
    known = parts.protocol in ("https:", "http:") and parts.hostname and parts.port != "0"
    return parts if known else None
