"""Canonical links: which page is meant, whatever the link to it looks like. What single sites do is in sites.

What tells pages apart stays: a fragment can be the story, and so can any parameter that is not known to tell only where
a reader came from. A false merge loses an entry, a missed one costs a glance: in doubt, another page.
"""

import re
from typing import Any

from feedhub.text import addresses, sites
from feedhub.text.sites import Link

_LONGEST = 8192  # No page has a longer address; what has is not looked into, whose rules take quadratic time at worst.

_MOST_HOPS = 8  # Links inside links inside links: more are nobody's, and stay as they are.

# Parameters that say where a reader came from, never what is shown. Names that some site uses for content
# (id, p, page, v, source) stay, unless their value gives them away.
_TRACKING_PREFIXES = ("utm_", "mtm_", "itm_", "hsa_", "_hs", "at_bbc_", "at_link_", "at_custom", "guce_", "sharer_")
_TRACKING = frozenset(
    "pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid fbclid gclid gclsrc gbraid wbraid dclid "
    "gad_source gad_campaignid srsltid _ga _gl msclkid yclid ysclid igshid igsh twclid ttclid li_fat_id rdt_cid epik "
    "irclickid mc_cid mc_eid mkt_tok oly_anon_id oly_enc_id vero_id vero_conv wickedid s_kwcid sc_cid ncid cmpid ocid "
    "wt_mc wt.mc_id wt_mc_id at_medium at_campaign at_ptr_name at_format at_creation __twitter_impression ref_src "
    "ref_url guccounter _branch_match_id trk_contact trk_msg trk_module trk_sid _openstat xtor wprss __s spm hmsr "
    "hmpl hmcu hmkw hmci isappinstalled nsukey amp_js_v amp_gsa usqp phpsessid jsessionid showwelcomeonshare".split()
)
_TELLING = {
    "amp": re.compile("|1|true"),
    "outputtype": re.compile("amp"),
    "utf8": re.compile("%E2%9C%93|✓"),
    # Ghost and many newsletters name themselves; v1.3.0 is what a repository is asked for.
    "ref": re.compile(r"rss|(?!v?\d+\.)(?:[a-z0-9-]+\.)+[a-z]{2,}"),
    "source": re.compile("rss|.*---.*"),
    "gi": re.compile("[0-9a-f]{10,13}"),
    "from": re.compile("rss|timeline|singlemessage|groupmessage"),
}
"""Parameters that tell where a reader came from when their value is such a one: Medium's `source=rss----7b7---4`."""

# Fragments that name a place in the furniture of a page, or who shared it; any other can be the story: a version
# (changelog.html#v1-11), a comment. AddThis wrote `.U8e1VtWRxKs.twitter`.
_FURNITURE = re.compile(
    r"(?:$|/$|!/?$|top$|content$|main$|comments?$|respond$|disqus_thread$|more-\d+$|:~:|rss$|atom$|"
    r"xtor=|utm_|echobox=|ref=rss$|from=rss$|sthash\.|awesm=|google_vignette$|wechat_redirect$|\.[\w-]{11}(?:\.[a-z]+)?$)",
    re.IGNORECASE,
)
_INDEX = re.compile(r"(?:index|default)\.(?:s?html?|php|aspx?|jsp)", re.IGNORECASE)
_NO_SITE = re.compile(r"(?:co|com|org|net|gov|edu|ac|or|ne)\.[a-z]{2}|[^.]*")  # amp.com.au is a bank.
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def canonical(url: str) -> str:
    """Return the key of the page that a link leads to; equal keys are the same page. It is never shown or fetched.

    Scheme, www, port, tracking, a closing slash, index.html, AMP and furniture fragments do not count, and a link that
    only leads on to the one inside it is that one. Applied twice it gives what it gives once. What is no http(s)
    address is returned as it is.

    >>> canonical("http://www.a.example:80/x/?utm_medium=rss#top")
    'https://a.example/x'
    """
    return page(url) or url.strip()


def page(url: str) -> str | None:
    """Return the key of the page that a link leads to, as canonical does; None when it leads to none."""
    parts = addresses.parsed(url)
    if parts is None:
        return None
    if len(url) > _LONGEST and len(parts.href) > _LONGEST:
        return str(parts.href)
    link = first = _link(parts)
    for _ in range(_MOST_HOPS):
        rule = sites.rule_of(link.host)
        told = rule(link) if rule else link
        if isinstance(told, Link):
            return _written(told)
        inside = addresses.parsed(told)
        if inside is None:
            return _written(link)
        link = _link(inside)
    return _written(first)


def is_front_page(key: str) -> bool:
    """Tell whether a key is that of a whole site's page, and so can be the key of no story.

    >>> is_front_page(canonical("https://www.a.example/index.html")), is_front_page("https://a.example/x")
    (True, False)
    """
    return key.endswith("/") and key.count("/") == 3


def _link(parts: Any) -> Link:
    """Return what of an address counts on any site."""
    host, path, query, fragment = parts.hostname.rstrip("."), parts.pathname, parts.search[1:], parts.hash[1:]
    path = _escapes(path)
    if ";" in path:
        path = _SESSION.sub("", path)
    host, path = _site(host), _closed(path)
    if ("amp" in path or host.startswith("amp.")) and "google." not in host:  # Google's lead on to others.
        plain, is_article = sites.without_amp(path)
        host, path = _site(host, is_article=is_article), _closed(plain)
    if parts.port not in ("", "80", "443"):
        host = f"{host}:{parts.port}"
    if query:
        query = "&".join(sorted(pair for pair in _pairs(_escapes(query)) if pair and not _tracks(pair)))
    if fragment:
        fragment = _escapes(fragment)
        fragment = "" if _FURNITURE.match(fragment) else fragment
    return Link(host, path, query, fragment)


def _site(host: str, *, is_article: bool = False) -> str:
    """Return a host without what is put before it for browsers, telephones or, of articles, Google."""
    while True:
        if host.startswith("www.") and len(host) > 4:
            host = host[4:]
        elif host in sites.SAME:
            host = sites.SAME[host]
        elif is_article and host.startswith("amp.") and not _NO_SITE.fullmatch(host, 4):
            host = host[4:]
        else:
            return host


def _written(link: Link) -> str:
    query, fragment = link.query and f"?{link.query}", link.fragment and f"#{link.fragment}"
    return f"https://{link.host}{link.path}{query}{fragment}"


def _closed(path: str) -> str:
    """Return a path without what closes it: slashes, and the name of the page that a folder shows by itself."""
    while path.endswith("/") or _INDEX.fullmatch(path, path.rfind("/") + 1):
        path = path[: path.rfind("/")] if not path.endswith("/") else path.rstrip("/")
    return path or "/"


def _pairs(query: str) -> list[str]:
    """Return the parameters of a query; in an address that was escaped once too often `&` is `&amp;`."""
    if "amp;" not in query:
        return query.split("&")
    return [re.sub("^(?:amp;)+", "", pair) for pair in query.split("&")]


def _tracks(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = name.lower()
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    telling = _TELLING.get(name)
    return telling is not None and telling.fullmatch(value) is not None


def _escapes(part: str) -> str:
    """Write each character in one way: unreserved ones plain, escapes in upper case (RFC 3986 section 6.2.2)."""
    while "%" in part:
        plain = _ESCAPE.sub(_escape, part)
        if plain == part:
            break
        part = plain  # %%341 gives %41, which is an escape itself.
    return part


def _escape(escape: re.Match[str]) -> str:
    character = chr(int(escape.group(1), 16))
    return character if character in _UNRESERVED else escape.group().upper()
