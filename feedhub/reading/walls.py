"""What stands before a page or in its place: robot checks, logins, consents, "deleted". It says nothing of the page."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from feedhub.text.addresses import host_of
from feedhub.text.characters import fold
from feedhub.text.markup import Element

_SHORT = 1_500
"""Characters: an article that quotes such a page, or asks for a login beside its text, is longer."""

_TITLES = (
    ("a robot check", r"just a moment\W*|attention required! \| cloudflare|one moment, please\W*|please wait\W.*"),
    ("a robot check", r"(?:checking|verifying) (?:your browser|you are human|that you).*|ddos-guard|robot check"),
    ("a robot check", r"are you (?:a )?(?:human|robot)\W*|(?:human|bot|robot) verification|(?:client )?challenge"),
    ("a robot check", r"(?:vercel )?security (?:check|checkpoint|verification)|pardon our interruption\W*|captcha"),
    (
        "a robot check",
        r"环境异常|(?:安全|人机|百度安全|滑动|访问)?验证(?:码|中心)?|滑块验证|访问(?:过于频繁|受限|验证)|请稍候\W*",
    ),
    ("a login", r"(?:log|sign) ?(?:in|on)(?: to .*| [|·•–—-] .*)?|please (?:log|sign) in.*"),
    ("a login", r"登录|登录[ _|·–—-].*|请登录|用户登录"),
    ("a consent wall", r"before you continue.*|(?:cookie )?consent|cookies? settings"),
    ("a refusal", r"access denied|access to this page has been denied|request (?:rejected|blocked)|参数错误"),
    ("a refusal", r"forbidden|(?:error )?[45]\d\d(?: (?:error|forbidden|not found|service unavailable|bad gateway))?"),
    ("a page that is not there", r"(?:404 ?[|:·–-]? ?)?(?:page )?not found(?: [|·–-].*)?|页面不存在|404 .{0,40}"),
)
_TITLE = tuple((kind, re.compile(pattern)) for kind, pattern in _TITLES)

_MARKS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("a robot check", r"_cf_chl_opt|/cdn-cgi/challenge-platform/h/[a-z]/orchestrate|cf-browser-verification"),
        ("a robot check", r"captcha-delivery\.com|px-captcha|_Incapsula_Resource|/_sec/cp_challenge|awsWafCookie"),
        ("a robot check", r"wappoc_appmsgcaptcha|secitptpage/verify|完成验证后即可继续访问|当前环境异常"),
        ("a robot check", r"class=[\"'](?:g|h)-(?:re)?captcha\b"),
        ("a consent wall", r"action=[\"']https://consent\."),
    )
)
_DELETED = re.compile(
    r"该内容已被发布者删除|此内容(?:已被|因违规|被投诉)|该内容暂时?无法(?:查看|访问)|此帐号已被(?:屏蔽|封)|该公众号已迁移"
    r"|链接已过期|内容已(?:被)?删除"
)
DELETED = "it has been deleted, says the page"
"""The reason of a page for which `is_deleted` holds."""
_WALL_HOSTS = re.compile(r"(?:consent|accounts|login|passport|signin|sso|auth)\.")
_WALL_PATHS = re.compile(
    r"/(?:log-?in|sign-?in|sso|authwall|users/sign_in|session/new|accounts?/(?:log|sign)-?in|passport|captcha|consent)"
    r"(?:[/.?]|$)",
    re.IGNORECASE,
)


def wall(page: str, found: Sequence[Element], text: str) -> str | None:
    """Say what stands in the place of the page that was asked for; None when it is the page itself.

    `text` is what a reader of the page reads.
    """
    if len(text) > _SHORT:
        return None
    title = fold(next((one.text for one in found if one.tag == "title"), ""))
    named = next((kind for kind, pattern in _TITLE if pattern.fullmatch(title)), None)
    marked = next((kind for kind, pattern in _MARKS if pattern.search(page)), None)
    asks_password = any(one.tag == "input" and one.attributes.get("type") == "password" for one in found)
    return named or marked or ("a login" if asks_password else None)


def leads_away(asked: str, came: str) -> bool:
    """Tell whether who asked for a page was led to a login, or to where consent is asked for."""
    return _is_wall(came) and not _is_wall(asked)


def is_deleted(text: str) -> bool:
    """Tell whether a page says that what was there has been taken away, as WeChat's do, with a 200."""
    return len(text) <= _SHORT and _DELETED.search(text) is not None


def _is_wall(address: str) -> bool:
    return bool(_WALL_HOSTS.match(host_of(address)) or _WALL_PATHS.search(urlsplit(address).path))
