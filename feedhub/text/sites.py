"""What single sites do with their links: what on them tells pages apart, and which only lead on to a link inside.

Only what is certain of a site is here, so that two pages never become one. Nothing here looks anything up: a shortened
link says nothing of where it leads.
"""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import unquote


class Link(NamedTuple):
    """What of an address may count: host without www, path without its closing slash, query sorted, no tracking."""

    host: str
    path: str
    query: str = ""
    fragment: str = ""


Edit = Callable[[Link], Link]
Rule = Callable[[Link], Link | str]
"""What a site says of a link to it: the page that is meant, or the address that it leads on to."""

SAME = {
    "m.youtube.com": "youtube.com",
    "youtube-nocookie.com": "youtube.com",
    "x.com": "twitter.com",
    "mobile.x.com": "twitter.com",
    "mobile.twitter.com": "twitter.com",
    "m.twitter.com": "twitter.com",
    "m.facebook.com": "facebook.com",
    "m.reddit.com": "reddit.com",
    "old.reddit.com": "reddit.com",
    "new.reddit.com": "reddit.com",
    "np.reddit.com": "reddit.com",
    "mobile.nytimes.com": "nytimes.com",
    "m.36kr.com": "36kr.com",
    "juejin.im": "juejin.cn",
    "feedproxy.google.com": "feeds.feedburner.com",
    "feeds2.feedburner.com": "feeds.feedburner.com",
}
"""Hosts that show the very pages of another, for telephones mostly."""

_ARTICLE = re.compile(r"/(?:19|20)\d\d/|[^/-]-[^/-]+-[^/]*$|\d{5}[^/]*$|\.html?$")
_AMP = re.compile(r"/amp(?=/|$)|(?<!\.amp)(?:\.amp)+(?=\.html?(?:/|$))")


def without_amp(path: str) -> tuple[str, bool]:
    """Return the path of an article that is shown in Google's format for telephones (AMP), and whether it is one.

    There are projects and companies of that name: only what looks like an article is touched.

    >>> without_amp("/2019/12/news/amp"), without_amp("/sourcegraph/amp")
    (('/2019/12/news', True), ('/sourcegraph/amp', False))
    """
    plain = _AMP.sub("", path)
    return (plain, True) if _ARTICLE.search(plain) else (path, False)


def rule_of(host: str) -> Rule | None:
    """Return what is to be done with links to a host, if anything is."""
    name, _, rest = host.partition(".")
    return _RULES.get(host) or _BELOW.get(rest) or _FAMILIES.get(name) or _FAMILIES.get(rest.partition(".")[0])


def _dropping(*names: str) -> Edit:
    """Return the rule of a site on which these parameters tell nothing."""
    return lambda link: link._replace(query=_query(link, lambda name: name not in names))


def _query(link: Link, is_wanted: Callable[[str], bool]) -> str:
    return "&".join(pair for pair in link.query.split("&") if is_wanted(pair.partition("=")[0].lower()))


def _values(link: Link) -> dict[str, str]:
    """Return what the parameters of a link say, the first of a name."""
    pairs = (pair.partition("=") for pair in reversed(link.query.split("&")))
    return {name.lower(): value for name, _, value in pairs}


def _leading(path: str, *names: str, otherwise: Edit | None = None) -> Rule:
    """Return the rule of a site that leads on from paths like this one to the address in one of these parameters."""
    place = re.compile(path, re.IGNORECASE)

    def rule(link: Link) -> Link | str:
        values = _values(link) if place.fullmatch(link.path) else {}
        target = unquote(next((values[name] for name in names if values.get(name)), ""))
        return target or (otherwise(link) if otherwise else link)

    return rule


def _leading_by_path(path: str, otherwise: Rule) -> Rule:
    """Return the rule of a site that leads on to what follows in the path, as Google's copies of articles do."""
    place = re.compile(path)

    def rule(link: Link) -> Link | str:
        inside = place.fullmatch(link.path)
        if inside is None:
            return otherwise(link)
        return f"https://{inside[1]}{link.query and '?' + link.query}{link.fragment and '#' + link.fragment}"

    return rule


_CONVERSATION = re.compile(r"/(?:forum(?:/m)?#!|d/)(?:topic|msg)/([^/]+)/([^/]+)(?:/([^/]+))?")


def _google_groups(link: Link) -> Link:
    """Call a conversation by the name it has today: `forum/#!topic/GROUP/ID` has become `g/GROUP/c/ID`."""
    old = _CONVERSATION.fullmatch(f"{link.path}{link.fragment and '#' + link.fragment}")
    if old is None:
        return link
    message = f"/m/{old[3]}" if old[3] else ""
    return link._replace(path=f"/g/{old[1]}/c/{old[2]}{message}", fragment="")


def _google_docs(link: Link) -> Link:
    path = re.sub(r"(/d/[^/]{20,})/(?:edit|view|preview|mobilebasic)$", r"\1", link.path)
    return _dropping("usp", "pli", "ts", "ouid", "rtpof", "sd")(link._replace(path=path))


def _wechat(link: Link) -> Link:
    """Keep who wrote what (__biz, mid, idx, sn); chksm, scene and all others tell who shared it, and when."""
    if link.path.startswith("/s/"):
        return Link(link.host, link.path)
    values = _values(link)
    if link.path != "/s" or not values.get("__biz") or not values.get("mid"):
        return link._replace(fragment="")
    values["__biz"] = values["__biz"].replace("%3D", "=").rstrip("=")
    query = "&".join(f"{name}={values[name]}" for name in ("__biz", "idx", "mid", "sn") if values.get(name))
    return Link(link.host, link.path, query)


_MEDIUM = re.compile(r"/(?:.*-|p/)([0-9a-f]{10,12})")


def _medium(link: Link) -> Link:
    """Call an article by its number: it is shown below its author, its publication, and by itself."""
    article = _MEDIUM.fullmatch(link.path)
    if article is None:
        return _dropping("source", "sk")(link)
    return Link("medium.com", f"/p/{article[1]}", "", link.fragment)


def _github(link: Link) -> Link:
    """Take owner and repository in any case; the readme is what a repository's page shows."""
    parts = link.path.split("/")
    path = "/".join([*(part.lower() for part in parts[:3]), *parts[3:]])
    if len(parts) != 3:
        return link._replace(path=path)
    fragment = "" if link.fragment.lower() in ("readme", "start-of-content") else link.fragment
    query = _query(link, lambda name: name != "tab") if "tab=readme-ov-file" in link.query else link.query
    return Link(link.host, path.removesuffix(".git"), query, fragment)


_VIDEO = re.compile(r"/(?:embed|shorts|live|v)/([\w-]{11})", re.ASCII)


def _youtube(link: Link) -> Link:
    """Call a video by its number, with the moment that it is to begin at: a day of talks is one video."""
    values = _values(link)
    inside = _VIDEO.fullmatch(link.path)
    video = inside[1] if inside else values.get("v", "") if link.path == "/watch" else ""
    if not video:
        return _dropping("feature", "si", "app", "ab_channel")(link)
    start = values.get("t") or values.get("start", "")
    moment = "" if start in ("", "0", "0s", "1", "1s") else f"t={start.removesuffix('s')}&"
    return Link("youtube.com", "/watch", f"{moment}v={video}", link.fragment)


def _short_youtube(link: Link) -> Link:
    if not re.fullmatch(r"/[\w-]{11}", link.path, re.ASCII):
        return link
    return _youtube(link._replace(path="/embed" + link.path))


def _twitter(link: Link) -> Link:
    status = re.match(r"/[^/]+(?:/web)?/status(?:es)?/(\d+)(?:/|$)", link.path)
    return Link(link.host, f"/i/status/{status[1]}") if status else link


_THREAD = re.compile(r"(?:/(?:r|u|user)/[^/]+)?/comments/([0-9a-z]+)(?:/[^/]+)?(?:/([0-9a-z]+))?")


def _reddit(link: Link) -> Link:
    thread = _THREAD.fullmatch(link.path)
    if thread is None:
        return link
    return Link("reddit.com", f"/comments/{thread[1]}" + (f"/comment/{thread[2]}" if thread[2] else ""))


def _short_reddit(link: Link) -> Link:
    return _reddit(link._replace(path=f"/comments{link.path}")) if re.fullmatch("/[0-9a-z]+", link.path) else link


def _feedburner(link: Link) -> Link:
    """Call an entry by its number: what follows is its title, or where it leads."""
    entry = re.match(r"/~r/.+?/~3/[^/]+", link.path)
    return Link(link.host, entry[0]) if entry else link


def _csdn(link: Link) -> Link:
    article = re.search(r"/article/details/\d+$", link.path)
    return Link("blog.csdn.net", article[0], "", link.fragment) if article else link


def _sched(link: Link) -> Link:
    """Call a talk by its number: what follows is its title, and how to put it into a frame."""
    talk = re.match(r"/event/[0-9A-Za-z]{4,}(?=/|$)", link.path)
    return Link(link.host, talk[0]) if talk else link


def _blogspot(link: Link) -> Link:
    """Blogs are shown at the reader's own country."""
    host = re.sub(r"\.blogspot\.(?:com?\.)?[a-z]{2}$", ".blogspot.com", link.host)
    return _dropping("m")(link._replace(host=host))


def _wikipedia(link: Link) -> Link:
    return link._replace(host=link.host.replace(".m.", ".", 1))


_NEWS = _dropping("smid", "smtyp", "partner", "emc", "_r", "hp", "referringsource", "unlocked_article_code", "seid")

_RULES: dict[str, Rule] = {
    "mp.weixin.qq.com": _wechat,
    "github.com": _github,
    "medium.com": _leading("/m/global-identity(?:-2)?", "redirecturl", otherwise=_medium),
    "youtube.com": _leading("/redirect", "q", otherwise=_youtube),
    "youtu.be": _short_youtube,
    "twitter.com": _twitter,
    "reddit.com": _reddit,
    "redd.it": _short_reddit,
    "groups.google.com": _google_groups,
    "docs.google.com": _google_docs,
    "drive.google.com": _google_docs,
    "blog.csdn.net": _csdn,
    "nytimes.com": _NEWS,
    "theguardian.com": _dropping("cmp"),
    "feeds.feedburner.com": _feedburner,
    "cdn.ampproject.org": _leading_by_path(r"/[acv]/(?:s/)?(.+)", lambda link: link),
    "bing.com": _leading(r"/news/apiclick\.aspx", "url"),
    "l.facebook.com": _leading(r"/l\.php", "u"),
    "lm.facebook.com": _leading(r"/l\.php", "u"),
    "l.instagram.com": _leading("/", "u"),
    "out.reddit.com": _leading("/.*", "url"),
    "t.umblr.com": _leading("/redirect", "z"),
    "slack-redir.net": _leading("/link", "url"),
    "linkedin.com": _leading("/redir/redirect|/safety/go", "url", otherwise=_dropping("trk", "trackingid", "lipi")),
    "getpocket.com": _leading("/redirect", "url"),
    "vk.com": _leading(r"/away\.php", "to"),
    "duckduckgo.com": _leading("/l", "uddg"),
    "link.zhihu.com": _leading("/", "target"),
    "link.juejin.cn": _leading("/", "target"),
    "link.csdn.net": _leading("/", "target"),
    "links.jianshu.com": _leading("/go", "to"),
    "jianshu.com": _leading("/go-wild", "url"),
    "oschina.net": _leading("/action/GoToLink", "url"),
    "gitee.com": _leading("/link", "target"),
    "sspai.com": _leading("/link", "target"),
    "infoq.cn": _leading("/link", "target"),
    "weibo.cn": _leading("/sinaurl", "u"),
}
"""By host."""

_BELOW: dict[str, Rule] = {
    "medium.com": _medium,
    "m.wikipedia.org": _wikipedia,
    "blog.csdn.net": _csdn,
    "cdn.ampproject.org": _RULES["cdn.ampproject.org"],
    "sched.com": _sched,
    "sched.org": _sched,
    "safelinks.protection.outlook.com": _leading("/", "url"),
}
"""By what follows the first name of a host."""

_FAMILIES: dict[str, Rule] = {
    "google": _leading_by_path(r"/amp/(?:s/)?([^/]+\..+)", _leading("/url", "q", "url")),
    "blogspot": _blogspot,
}
"""By the name that a site has in many countries."""
