"""Canonical links: which are one page, which are not, and laws that hold for every link."""

import time
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from urls import ANY, SITES, URLS

from feedhub.text.addresses import is_web
from feedhub.text.links import canonical, is_front_page
from feedhub.text.sites import without_amp

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
    "nor a text that a browser is to mark": "https://a.example/x#:~:text=word",
    "nor the top": "https://a.example/x#top",
    "nor escapes of plain letters": "https://a.example/%78",
    "nor dots in the path": "https://a.example/y/../x",
    "nor who asks": "https://ann:secret@a.example/x",
    "nor who is to be thanked": "https://a.example/x?ref=weekly.example.org",
    "nor a feed": "https://a.example/x?source=rss----7b722bfd1b8d---4",
    "nor who shared it in WeChat": "https://a.example/x?from=singlemessage&isappinstalled=0",
    "nor who shared it with AddThis": "https://a.example/x#.U8e1VtWRxKs.twitter",
    "nor tracking in a fragment": "https://a.example/x#utm_source=rss",
    "nor tracking in a query that was escaped twice": "https://a.example/x?utm_source=rss&amp;utm_medium=feed",
    "nor a session": "https://a.example/x;jsessionid=0A1B?PHPSESSID=2C",
    "nor that an application begins there": "https://a.example/x#/",
    "nor a telephone": "https://a.example/x?amp=1",
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
    "an ampersand that was escaped once more": ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
    "an article for telephones": ("https://a.example/2019/12/news/amp/", "https://a.example/2019/12/news"),
    "one below the folder of those": ("https://a.example/amp/three-word-title", "https://a.example/three-word-title"),
    "one that is named so": ("https://a.example/12/news.amp.html", "https://a.example/12/news.html"),
    "one on a host for those": ("https://amp.a.example/tech/story-1234567", "https://a.example/tech/story-1234567"),
    "Google's copy of it": (
        "https://a-example.cdn.ampproject.org/c/s/a.example/2019/12/news/amp",
        "https://a.example/2019/12/news",
    ),
    "Google's page for it": (
        "https://www.google.co.uk/amp/s/www.a.example/2019/12/news/amp",
        "https://a.example/2019/12/news",
    ),
    "a blog seen from another country": ("https://a.blogspot.de/x?m=1", "http://a.blogspot.com/x"),
    "Wikipedia on a telephone": (
        "https://en.m.wikipedia.org/wiki/Kubernetes",
        "https://en.wikipedia.org/wiki/Kubernetes",
    ),
    "a short link to a video": (
        "https://youtu.be/HvPHqi7i48c?si=x",
        "https://www.youtube.com/watch?v=HvPHqi7i48c&t=0s",
    ),
    "a video in a frame": (
        "https://www.youtube-nocookie.com/embed/HvPHqi7i48c?rel=0",
        "https://m.youtube.com/watch?v=HvPHqi7i48c&list=PL1&feature=share",
    ),
    "a moment in a video": ("https://youtu.be/HvPHqi7i48c?t=90", "https://youtube.com/watch?t=90s&v=HvPHqi7i48c"),
    "an article at Medium, by where it was read": (
        "https://medium.com/@ann/a-title-0f1e2d3c4b5a?source=rss-11d5cc4494a2------2",
        "https://ann.medium.com/a-title-0f1e2d3c4b5a",
    ),
    "and by its number alone": (
        "https://medium.com/p/0f1e2d3c4b5a",
        "https://medium.com/pub/a-title-0f1e2d3c4b5a?sk=f",
    ),
    "an article in WeChat, by who shared it": (
        "http://mp.weixin.qq.com/s?__biz=MzI4&mid=22&idx=1&sn=ab&chksm=cd&scene=27#wechat_redirect",
        "https://mp.weixin.qq.com/s?sn=ab&idx=1&mid=22&__biz=MzI4==&scene=0",
    ),
    "a short one": ("https://mp.weixin.qq.com/s/AbC-1?poc_token=x", "https://mp.weixin.qq.com/s/AbC-1"),
    "a message, by who sent it": ("https://x.com/ann/status/12?s=20", "https://mobile.twitter.com/i/web/status/12"),
    "a thread and its title": (
        "https://old.reddit.com/r/kubernetes/comments/abc12/a_title/?utm_source=share",
        "https://redd.it/abc12",
    ),
    "a repository in another case": (
        "https://github.com/Kubernetes/Kubernetes",
        "https://github.com/kubernetes/kubernetes",
    ),
    "its readme": ("https://github.com/a/b?tab=readme-ov-file#readme", "https://github.com/a/b.git"),
    "a conversation by its old name": (
        "https://groups.google.com/forum/?utm_source=footer#!topic/kubernetes-dev/hESFCjjeqWA",
        "https://groups.google.com/g/kubernetes-dev/c/hESFCjjeqWA",
    ),
    "a document that is shared": (
        "https://docs.google.com/document/d/1R2r1z5O4USpn3BW29-4blCo/edit?usp=sharing",
        "https://docs.google.com/document/d/1R2r1z5O4USpn3BW29-4blCo",
    ),
    "a talk in a frame": ("https://k.sched.com/event/67f2/a-talk?iframe=yes&w=i:0", "https://k.sched.com/event/67f2"),
    "a column at CSDN": (
        "https://blog.csdn.net/ann/article/details/103?spm=1001&ops_request_misc=x",
        "https://ann.blog.csdn.net/article/details/103",
    ),
    "the two hosts of FeedBurner": (
        "http://feedproxy.google.com/~r/Name/~3/CuTP9r6XZzE/a-title",
        "https://feeds.feedburner.com/~r/Name/~3/CuTP9r6XZzE/",
    ),
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
    "a single comment, which may be the story": ("https://a.example/x#comment-17", "https://a.example/x"),
    "an escaped slash": ("https://a.example/a%2Fb", "https://a.example/a/b"),
    "an escaped escape": ("https://a.example/%2541", "https://a.example/A"),
    "another port": ("https://a.example:8080/x", "https://a.example/x"),
    "another host": ("https://blog.a.example/x", "https://a.example/x"),
    "a word that only starts like a place in the furniture": ("https://a.example/x#top-ten", "https://a.example/x"),
    "a page called index of something else": ("https://a.example/x/my-index.html", "https://a.example/x"),
    "what a repository is asked for": ("https://a.example/x?ref=v1.3.0", "https://a.example/x?ref=v1.4.0"),
    "what else it is asked for": ("https://a.example/x?ref=1.3.dev", "https://a.example/x?ref=1.4.dev"),
    "a branch": ("https://a.example/x?ref=main", "https://a.example/x"),
    "a word that begins like tracking": ("https://a.example/x?utmost=1", "https://a.example/x"),
    "a project called Amp": ("https://github.com/sourcegraph/amp", "https://github.com/sourcegraph"),
    "a company called Amp": ("https://amp.com.au/2019/12/news", "https://com.au/2019/12/news"),
    "the front page of a host called amp": ("https://amp.a.example/", "https://a.example/"),
    "another moment of a video": ("https://youtu.be/HvPHqi7i48c?t=90", "https://youtu.be/HvPHqi7i48c?t=900"),
    "another list of videos": ("https://youtube.com/playlist?list=1", "https://youtube.com/playlist?list=2"),
    "another article of a day in WeChat": (
        "https://mp.weixin.qq.com/s?__biz=MzI4&mid=22&idx=1&sn=ab",
        "https://mp.weixin.qq.com/s?__biz=MzI4&mid=22&idx=2&sn=cd",
    ),
    "WeChat's links for an hour": ("https://mp.weixin.qq.com/s?signature=a", "https://mp.weixin.qq.com/s?signature=b"),
    "another answer in a thread": ("https://reddit.com/r/k/comments/a/t/c1", "https://reddit.com/r/k/comments/a/t/c2"),
    "another sheet": (
        "https://docs.google.com/spreadsheets/d/1R2r1z5O4USpn3BW29-4blCo/edit#gid=1",
        "https://docs.google.com/spreadsheets/d/1R2r1z5O4USpn3BW29-4blCo/edit#gid=2",
    ),
    "a part of a file in a repository": (
        "https://github.com/a/b/blob/main/X#readme",
        "https://github.com/a/b/blob/main/X",
    ),
    "the case of a file in a repository": ("https://github.com/a/b/blob/main/X", "https://github.com/a/b/blob/main/x"),
    "another list at Medium": ("https://medium.com/tag/kubernetes", "https://medium.com/tag/istio"),
    "a blog at a host that only looks so": ("https://a.blogspot.evil.example/x", "https://a.blogspot.com/x"),
    "another entry of FeedBurner": (
        "https://feeds.feedburner.com/~r/N/~3/a/",
        "https://feeds.feedburner.com/~r/N/~3/b/",
    ),
    "a search": ("https://google.com/search?q=a", "https://google.com/search?q=b"),
}


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_counts(one, other):
    assert canonical(one) != canonical(other)


LEADING = [
    "https://www.google.com/url?sa=t&q={}&usg=x",
    "https://www.google.com.hk/url?url={}",
    "https://l.facebook.com/l.php?u={}&h=x",
    "https://www.bing.com/news/apiclick.aspx?ref=FexRss&url={}&c=1",
    "https://link.zhihu.com/?target={}",
    "https://link.juejin.cn/?target={}",
    "https://www.oschina.net/action/GoToLink?url={}",
    "https://link.csdn.net/?target={}",
    "https://links.jianshu.com/go?to={}",
    "https://www.jianshu.com/go-wild?ac=2&url={}",
    "https://gitee.com/link?target={}",
    "https://sspai.com/link?target={}",
    "https://www.infoq.cn/link?target={}",
    "https://weibo.cn/sinaurl?u={}",
    "https://lm.facebook.com/l.php?u={}",
    "https://l.instagram.com/?u={}&e=x",
    "https://out.reddit.com/t3_a?url={}&token=x",
    "https://t.umblr.com/redirect?z={}&t=x",
    "https://slack-redir.net/link?url={}",
    "https://getpocket.com/redirect?url={}",
    "https://vk.com/away.php?to={}",
    "https://duckduckgo.com/l/?uddg={}&rut=x",
    "https://www.linkedin.com/redir/redirect?url={}",
    "https://medium.com/m/global-identity-2?redirectUrl={}",
    "https://www.youtube.com/redirect?event=x&q={}",
    "https://www.linkedin.com/safety/go?url={}&trk=x",
    "https://nam02.safelinks.protection.outlook.com/?url={}&data=x",
]


@pytest.mark.parametrize("link", LEADING)
def test_a_link_that_leads_on_is_the_one_inside(link):
    """Once, and again where that one leads on as well."""
    once = link.format(quote("http://a.example/x?id=1&utm_source=y#v1", safe=""))
    twice = link.format(quote(once, safe=""))

    assert canonical(once) == canonical(twice) == "https://a.example/x?id=1#v1"


NOWHERE = {
    "nothing inside": "https://l.facebook.com/l.php?h=x",
    "no address": "https://google.com/url?q=kubernetes",
    "no address of the web": "https://google.com/url?q=javascript%3Aalert%281%29",
    "an address that nobody can read": "https://google.com/url?q=http%3A%2F%2F%5Boops",
    "another page of the site": "https://link.zhihu.com/about?target=https%3A%2F%2Fa.example%2F",
    "a shortened link": "https://bit.ly/k8s116-team",
    "a page of who shortens links to videos": "https://youtu.be/about",
    "a front page": "https://redd.it/",
}


@pytest.mark.parametrize("link", NOWHERE.values(), ids=NOWHERE)
def test_a_link_that_leads_nowhere_stays(link):
    """It is a page of its own, whatever its scheme."""
    assert canonical(link.replace("https://", "http://www.", 1)) == link


LONG = {
    "slashes": "/" * 7000 + "x",
    "pages of folders": "/index.html" * 700 + "/x",
    "escapes inside escapes": "%" * 2000 + "3" * 2000 + "41",
    "ampersands": "?" + "&amp;" * 1500 + "x",
    "articles for telephones": "2019/12/x" + ".amp" * 1900,
    "more escapes inside escapes": "%" * 30_000 + "3" * 30_000 + "41",
    "many words": "-a" * 4000,
    "wrappers": "url?q=" + "https://google.com/url?q=" * 300,
    "copies of copies": "amp/s/google.com/" * 480,
    "hosts": "?ref=" + "a." * 4000 + "1",
    "ten million letters": "x" * 10_000_000,
}


@pytest.mark.parametrize("path", LONG.values(), ids=LONG)
@pytest.mark.parametrize("host", ["a.example", "google.com", "medium.com"])
def test_no_link_takes_long(host, path):
    """A poll is not held up by a feed that tries to, and what comes of it is stable."""
    begun = time.process_time()

    key = canonical(f"https://{host}/{path}")

    assert canonical(key) == key
    assert time.process_time() - begun < 2


def test_no_path_of_an_article_takes_long():
    """However often it says that it is for telephones."""
    begun = time.process_time()

    found = [without_amp(f"/2019/12/x{'.amp' * 20_000}{end}") for end in ("", ".html")]

    assert found == [(f"/2019/12/x{'.amp' * 20_000}", True), ("/2019/12/x.html", True)]
    assert time.process_time() - begun < 1


@given(ANY | URLS | SITES)
@example("https://a.example/x/index.html/")
@example("https://a.example/index.html/index.html")
@example("https://www.www.a.example/")
@example("https://[::1]:8080/x")
@example("https://www./")
@example("https://a.example/%%341")
@example("https://a.example/x#%74op")
@example("https://amp.www.m.youtube.com/2019/12/index.html/amp")
@example("https://a.example/2019/12/index.amp.amp.html")
@example("https://a.example/x/;jsessionid=1")
@example("https://www.google.com/url?q=https%3A%2F%2Fyoutu.be%2FHvPHqi7i48c%3Ft%3D1m2s")
@example("https://a.example/?amp;amp;a=1&&amp;amp=1")
def test_canonical_of_canonical_is_the_same(url):
    """Applied twice it gives what it gives once, for any text and any address."""
    assert canonical(canonical(url)) == canonical(url)


@given(URLS | SITES)
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
