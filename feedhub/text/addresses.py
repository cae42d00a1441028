"""Addresses: which page is meant, whatever the link to it looks like. Nothing here connects to anything."""

import re
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

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


def canonical(url: str) -> str:
    """Return the key of the page that a link leads to; equal keys are the same page. It is never shown or fetched.

    Scheme, www, port, tracking, a closing slash, index.html and furniture fragments do not count. Applied twice it
    gives what it gives once. What is no http(s) address is returned as it is.

    >>> canonical("http://www.a.example:80/x/?utm_medium=rss#top")
    'https://a.example/x'
    """
    parts = _parsed(url)
    if parts is None:
        return url.strip()
    name = (parts.hostname or "").rstrip(".")
    host = f"[{name}]" if ":" in name else re.sub(r"^(?:www\.)+(?=.)", "", name)
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = _CLOSING.sub("", _escapes(parts.path)) or "/"
    query = "&".join(sorted(pair for pair in _escapes(parts.query).split("&") if pair and not _tracks(pair)))
    fragment = _escapes(parts.fragment)
    fragment = "" if _FURNITURE.match(fragment) else fragment
    return urlunsplit(("https", host + port, path, query, fragment))


def is_front_page(url: str) -> bool:
    """Tell whether a link leads to a whole site and so can be the key of no story."""
    parts = urlsplit(canonical(url))
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def is_web(url: str) -> bool:
    """Tell whether an address is one that we fetch or publish: http or https with a host."""
    return _parsed(url) is not None


def absolute(base: str | None, url: str) -> str | None:
    """Return an http(s) address in full, seen from a base, or None when it leads anywhere else."""
    try:
        joined = urljoin(base or "", url.strip())
    except ValueError:  # "Invalid IPv6 URL": http://[oops
        return None
    return joined if is_web(joined) else None


def shown(url: str) -> str:
    """Return an address without the password in it.

    >>> shown("https://ann:secret@a.example/feed")
    'https://ann:***@a.example/feed'
    """
    return re.sub(r"(?<=://)([^/@:\s]*):[^/\s]*@", r"\1:***@", url)


def host_of(url: str) -> str:
    """Return the host of an address in lower case, without its port."""
    parts = _parsed(url)
    return (parts.hostname or "") if parts else ""


def _parsed(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(can_ada.parse(url.strip()).href)
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
        return parts if known and (parts.port is None or parts.port) else None
    except (ValueError, TypeError):  # TypeError: half a surrogate pair, which is no text to can_ada
        return None


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
