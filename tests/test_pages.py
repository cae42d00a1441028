"""What pages state of themselves, and what stands in their place; what is not stated stays missing."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.errors import ReadingError
from feedhub.model.document import Event, Person, Source
from feedhub.model.feed import Response
from feedhub.reading import pages, walls
from feedhub.text.markup import article_of

URL = "https://a.example/blog/scheduling"
NINTH = datetime(2019, 12, 9, 2, tzinfo=UTC)


def read(head: str, url: str = URL, body: str = "<p>Text", **headers: str):
    """Read a page with such a head."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return pages.read(Response(200, url, named, f"<html><head>{head}</head><body>{body}</body></html>".encode()))


def meta(**said: str) -> str:
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in said.items())


def ld(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


TITLES = {
    "Open Graph before the title of the window": (
        "<title>T - Site</title>" + meta(og__title="T &amp; &quot;U&quot;"),
        'T & "U"',
    ),
    "then Twitter's": ("<title>T - Site</title>" + meta(twitter__title="T"), "T"),
    "then JSON-LD's": ("<title>T - Site</title>" + ld('{"@type": "Article", "headline": "T"}'), "T"),
    "then the window's, on one line": ("<title>\n T\n - Site </title>", "T - Site"),
    "an empty one is none": ("<title>T</title>" + meta(og__title=" "), "T"),
    "nobody says": ("", None),
    "markup in it is no markup of ours": (meta(og__title="&lt;b&gt;T&lt;/b&gt; &amp;amp; U"), "T & U"),
}


@pytest.mark.parametrize(("head", "title"), TITLES.values(), ids=TITLES)
def test_the_title_is_the_most_exact_one_that_is_stated(head, title):
    """What pages write for others to show, before what they write for the window."""
    assert read(head).entry.title == title


DATES = {
    "article:published_time": (meta(article__published_time="2019-12-09T10:00:00+08:00"), "", NINTH),
    "JSON-LD": (ld('{"@type": ["BlogPosting"], "datePublished": "2019-12-09T02:00:00Z"}'), "", NINTH),
    "JSON-LD, in a graph": (
        ld('{"@graph": [{"@type": "WebSite"}, {"@type": "NewsArticle", "datePublished": "2019-12-09T02:00:00Z"}]}'),
        "",
        NINTH,
    ),
    "itemprop": ('<meta itemprop="datePublished" content="2019-12-09T02:00:00Z">', "", NINTH),
    "time with pubdate": ("", "<time datetime='2019-01-01'>J</time><time pubdate datetime='2019-12-09T02:00Z'>", NINTH),
    "the only time": ("", "<time datetime='2019-12-09T02:00:00Z'>Monday</time>", NINTH),
    "one of several times is a guess": ("", "<time datetime='2019-12-09'>a</time><time datetime='2019-12-10'>b", None),
    "a date in the text is a guess": ("", "Posted on 9 December 2019", None),
    "no date of what else is there": (ld('{"@type": "Organization", "datePublished": "2019-12-09"}'), "", None),
    "a list of articles is none of them": (
        ld(
            '[{"@type": "Article", "headline": "A", "datePublished": "2019-12-09"},'
            ' {"@type": "Article", "headline": "B"}]'
        ),
        "",
        None,
    ),
    "a date that means no day": (meta(article__published_time="yesterday"), "", None),
}


@pytest.mark.parametrize(("head", "body", "published"), DATES.values(), ids=DATES)
def test_a_date_is_stated_or_missing(head, body, published):
    """No date is guessed, and none becomes today."""
    assert read(head, body=body or "<p>Text").entry.published == published


AUTHORS = {
    "meta": ('<meta name="author" content="Ana">', (Person("Ana"),)),
    "JSON-LD's before it": (
        '<meta name="author" content="Acme">'
        + ld('{"@type": "Article", "author": [{"name": "Ana"}, "Bo", {"url": "x"}]}'),
        (Person("Ana"), Person("Bo")),
    ),
    "an address is no name": (meta(article__author="https://social.example/ana"), ()),
    "an e-mail address": (
        '<meta name="author" content="Ana &lt;ana@a.example&gt;">',
        (Person("Ana", email="ana@a.example"),),
    ),
    "rel=author": ("</head><body><a rel='author nofollow' href=/ana>Ana</a>", (Person("Ana"),)),
}


@pytest.mark.parametrize(("head", "authors"), AUTHORS.values(), ids=AUTHORS)
def test_authors_are_those_of_the_first_place_that_names_some(head, authors):
    """As text; profiles at other sites are no names."""
    assert read(head).entry.authors == authors


LINKS = {
    "canonical": ("<link rel=canonical href='/scheduling?page=2'>", "https://a.example/scheduling?page=2"),
    "og:url": (meta(og__url="https://www.a.example/s"), "https://www.a.example/s"),
    "of a part of the site": ("<link rel=canonical href='https://blog.a.example/s'>", "https://blog.a.example/s"),
    "not the front page": ("<link rel=canonical href='https://a.example/'>", URL),
    "not another site": ("<link rel=canonical href='https://theme.example/demo'>", URL),
    "not one of two": ("<link rel=canonical href=/s><link rel=canonical href=/t>", URL),
    "not another scheme": ("<link rel=canonical href='javascript:x'>" + meta(og__url="data:x"), URL),
    "seen from its base": ("<base href=/x/><link rel=canonical href=s>", "https://a.example/x/s"),
    "no secret of ours": ("<link rel=canonical href='/$HOME'>", "https://a.example/%24HOME"),
}


@pytest.mark.parametrize(("head", "link"), LINKS.values(), ids=LINKS)
def test_a_page_may_say_where_it_is_on_its_own_site(head, link):
    """Templates state front pages, and the sites that they were copied from."""
    found = read(head)

    assert found.entry.link == link
    assert found.addresses == (() if link == URL else (URL,))


def test_a_front_page_is_where_it_is():
    """Only of a page below it the front page is not believed."""
    assert read("<link rel=canonical href='https://www.a.example/'>", "https://a.example").entry.link == (
        "https://www.a.example/"
    )


LANGUAGES = {
    "html": ("zh-CN", "", "zh-CN"),
    "as templates write it": ("zh_CN", "", "zh-CN"),
    "Open Graph's": ("", meta(og__locale="zh_CN"), "zh-CN"),
    "JSON-LD's": ("en", ld('{"@type": "Article", "inLanguage": "zh-Hans"}'), "zh-Hans"),
    "nonsense": ("{{lang}}", "", None),
}


@pytest.mark.parametrize(("lang", "head", "language"), LANGUAGES.values(), ids=LANGUAGES)
def test_the_language(lang, head, language):
    """BCP 47, or nothing."""
    page = f"<html lang='{lang}'><head>{head}</head><p>Text".encode()

    assert pages.read(Response(200, URL, {}, page)).entry.language == language


def test_the_feed_of_a_page_and_its_site():
    """The first that it calls its feed, not that of its comments."""
    found = read(
        "<link rel=alternate type=application/atom+xml href=/comments/feed>"
        "<link rel=alternate type=application/rss+xml href=/f>"
        + meta(og__site_name="Kube notes", og__description="What &lt;b&gt; changes")
    )

    assert found.feed == "https://a.example/f"
    assert found.entry.source == Source(title="Kube notes")
    assert found.entry.summary == "What changes"


def test_the_page_of_an_event():
    """When, where, and whether it takes place; days are whole days."""
    event = """{"@type": "BusinessEvent", "name": "KubeCon", "startDate": "2020-07-01", "endDate": "2020-07-03",
        "location": {"name": "Shanghai"}, "eventStatus": "https://schema.org/EventPostponed"}"""

    assert read(ld(event)).entry.event == Event(
        datetime(2020, 7, 1, tzinfo=UTC), datetime(2020, 7, 4, tzinfo=UTC), True, "Shanghai", "tentative"
    )
    assert read(ld('{"@type": "Event", "name": "KubeCon", "startDate": "soon"}')).entry.event is None
    cancelled = f"<html><body>x{ld(event.replace('EventPostponed', 'EventCancelled'))}".encode()
    assert pages.article(Response(200, URL, {}, cancelled)).cancelled


WECHAT = """<html lang="zh_CN"><head><meta property="og:title" content="调度 &amp; 抢占">
<meta name="author" content="李四"><meta property="og:url" content="http://mp.weixin.qq.com/s/ABC">
<meta property="og:site_name" content="微信公众平台"></head>
<body><div id="js_content"><p>正文</p></div><script type="text/javascript" nonce="1">var ct = "1575856800";
var nickname = htmlDecode("云原生&amp;技术圈");
var msg_link = "http://mp.weixin.qq.com/s?__biz=MzI=&amp;mid=22\\x26amp;idx=1&amp;sn=ab#rd";</script></body></html>"""


def test_an_article_of_wechat():
    """It has no date but in its script; its short address and its long one are the same article."""
    found = pages.read(Response(200, "https://mp.weixin.qq.com/s/ABC?scene=1", {}, WECHAT.encode()))

    assert (found.entry.title, found.entry.published) == ("调度 & 抢占", NINTH)
    assert (found.entry.authors, found.entry.source) == ((Person("李四"),), Source(title="云原生&技术圈"))
    assert found.entry.link == "http://mp.weixin.qq.com/s/ABC"
    assert found.addresses[-1] == "http://mp.weixin.qq.com/s?__biz=MzI=&mid=22&idx=1&sn=ab#rd"
    elsewhere = pages.read(Response(200, URL, {}, WECHAT.encode())).entry
    assert (elsewhere.published, elsewhere.source) == (None, Source(title="微信公众平台"))


ENCODINGS = {
    "its server says": ("gbk", "", "text/html; charset=GB2312"),
    "its head says": ("gb18030", "<meta http-equiv=content-type content='text/html; charset=gbk'>", "text/html"),
    "nobody says, in UTF-8": ("utf-8", "", ""),
    "nobody says": ("gb18030", "", ""),
    "a byte-order mark": ("utf-16", "", ""),
    "it names a set in which nothing is written": ("utf-8", "<meta charset=undefined>", "text/html; charset=idna"),
    "it names what is no character set": ("utf-8", "<meta charset=zlib>", "text/html; charset=hex"),
}


@pytest.mark.parametrize(("encoding", "head", "header"), ENCODINGS.values(), ids=ENCODINGS)
def test_a_page_is_read_in_its_own_characters(encoding, head, header):
    """As its mark, its server or its head declares them, else as what it most likely is."""
    body = (
        f"<html><head>{head}<title>云原生周报的调度框架</title></head><p>我们在这个版本中，可以看到新的调度。".encode(
            encoding
        )
    )

    assert pages.read(Response(200, URL, {"content-type": header}, body)).entry.title == "云原生周报的调度框架"


# what stands in the place of a page


WALLS = {
    "Cloudflare's": ("<title>Just a moment...</title>", "a robot check"),
    "Cloudflare's, in another language": (
        "<title>a.example</title><script>window._cf_chl_opt={}</script>",
        "a robot check",
    ),
    "a refusal": ("<title>Attention Required! | Cloudflare</title>", "a robot check"),
    "WeChat's": ("<title></title></head><body>当前环境异常，完成验证后即可继续访问。", "a robot check"),
    "Baidu's": ("<title>百度安全验证</title>", "a robot check"),
    "a login": ("<title>Sign in to GitHub · GitHub</title>", "a login"),
    "a login in Chinese": ("<title>登录 - 知乎</title>", "a login"),
    "a form for passwords": ("<title>Acme</title></head><body><input type=password name=p>", "a login"),
    "consent": ("<title>Before you continue to Google</title>", "a consent wall"),
    "403 with a 200": ("<title>403 Forbidden</title>", "a refusal"),
    "404 with a 200": ("<title>Page not found | Acme</title>", "a page that is not there"),
    "deleted": ("<title>x</title></head><body>该内容已被发布者删除", "it has been deleted"),
}


@pytest.mark.parametrize(("head", "says"), WALLS.values(), ids=WALLS)
def test_what_stands_before_a_page_is_not_the_page(head, says):
    """Its title is nobody's title."""
    with pytest.raises(ReadingError, match=says):
        read(head)


PAGES = {
    "an article about logins": "<title>Sign in with your cluster</title>",
    "an article about robots": "<title>Human verification of supply chains</title>",
    "Cloudflare watches": "<title>T</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script>",
    "the text is long": "<title>Just a moment...</title></head><body><p>" + "Many words. " * 200,
    "a long page with a login": "<title>T</title></head><body><input type=password><p>" + "Many words. " * 200,
}


@pytest.mark.parametrize("head", PAGES.values(), ids=PAGES)
def test_a_page_that_speaks_of_walls_is_a_page(head):
    """Whoever writes more than such a page does is no wall."""
    assert read(head).entry.title


def test_who_is_led_to_a_login_was_led_away():
    """Unless it was the login that was asked for."""
    assert walls.leads_away(URL, "https://a.example/login?next=/blog")
    assert walls.leads_away(URL, "https://consent.a.example/m?continue=x")
    assert not walls.leads_away("https://a.example/login", "https://a.example/login/")
    assert not walls.leads_away(URL, "https://a.example/blog/login-less-clusters")


@pytest.mark.parametrize("body", [b"", b"%PDF-1.7 x", b'{"a": 1}', b"just words", "正文".encode()])
def test_what_is_no_page_says_so(body):
    """A paper or a picture states nothing that is read here."""
    with pytest.raises(ReadingError, match="no HTML page but application/pdf"):
        pages.read(Response(200, URL, {"content-type": "application/pdf"}, body))


@given(st.text())
def test_nothing_that_a_page_states_breaks_reading(value):
    """Whatever stands there, an entry comes of it, or ReadingError."""
    quoted = value.replace('"', "")
    head = meta(og__title=quoted, og__url=quoted, article__published_time=quoted, og__locale=quoted) + ld(value)
    try:
        found = read(head.encode("utf-8", "replace").decode(), body=value.encode("utf-8", "replace").decode())
    except ReadingError:
        return

    assert found.entry.link


@pytest.mark.parametrize("tag", ["<div>", "<b><i>", "<meta content='", "<script>", "<table><tr><td>"])
def test_P05_a_hostile_page_costs_little(tag):
    """What is nested as no page may be has no elements."""
    began = time.process_time()

    pages.read(Response(200, URL, {}, b"<html><title>T</title>" + tag.encode() * ((1 << 20) // len(tag))))

    assert time.process_time() - began < 3


ARTICLES = {
    "the article": (
        "<nav>Home</nav><article><h1>T</h1><p>One <b>two</b>.</p></article><footer>3 views</footer>",
        "T\nOne two.",
    ),
    "the main part": ("<header>H</header><main><p>One</p><aside>Ads</aside></main><div>Related</div>", "One"),
    "WeChat's": ("<div>阅读 12</div><div id=js_content><p>正文</p></div>", "正文"),
    "all of it, where several are listed": ("<article>A</article><article>B</article>", "A\nB"),
    "no times": ("<article><p>One</p><time>3 minutes ago</time></article>", "One"),
}


@pytest.mark.parametrize(("body", "text"), ARTICLES.values(), ids=ARTICLES)
def test_what_a_page_is_about_is_its_article(body, text):
    """Without what is on every page of its site."""
    assert article_of(f"<html><body>{body}</body></html>") == text
    assert pages.article(Response(200, URL, {}, f"<html>{body}".encode())).text == text
