"""What readers get: issue.md as Markdown has it, weekly.atom as a feed reader has it, whatever was written upstream."""

import re
from html import escape
from urllib.parse import unquote

import feedparser
import pytest
from conftest import HUB, Reply
from lxml import etree
from markdown_it import MarkdownIt
from newsroom import CACHE, DRAIN, FEEDS, GATEWAY, MEETUP, PROBES, SCHEDULER, SIDECAR

EDITORS = """
editors:
  - {id: ann, name: {zh-CN: 安, en: Ann}}
  - {id: bob, name: Bob *the* <b>}
  - {id: carl, name: Carl}
"""

TITLES = [
    "# Not a heading",
    "- not a list",
    "1. nor a numbered one",
    "> not a quotation",
    "*no* _emphasis_ and ~~no~~ `code`",
    "[a link](https://evil.example/) that is none",
    "![no picture](https://evil.example/x.png)",
    "<script>alert(1)</script>",
    "a < b > c",
    "back\\slash \\*",
    "--- *** ===",
    "| a | b |",
    "https://evil.example/ www.evil.example a@evil.example",
    "<https://evil.example/>",
    "[x]: https://evil.example/ 'definition'",
    "C# and F#",
    "^footnote[^1] $math$ :smile: {attr} <!-- comment",
    "Ünïcödé 调度 👩‍💻",
]

LINKS = [
    "https://a.example/b)c>d",
    "https://a.example/a b",
    'https://a.example/"q"',
    "https://a.example/?a=1&b=[2]",
    "https://a.example/?a=1&amp;b=2&copy;",
    "https://a.example/\\back*slash*",
]


def read(weekly, name: str) -> str:
    (path,) = (weekly.folder / "output").rglob(name)
    return path.read_text(encoding="utf-8")


def published(weekly, *picks: str) -> str:
    """Pick, each in its section or in the news, publish, and return the issue."""
    for number in picks:
        weekly.run("pick", number, *(["--section", "业界要闻"] if number in (SIDECAR, GATEWAY) else []))
    weekly.run("publish")
    return read(weekly, "issue.md")


def tokens_of(issue: str) -> list:
    """Return the tokens of an issue as a generous renderer would see them: HTML, tables and strike-through on."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(issue)


def text_of(inline) -> str:
    return "".join(token.content for token in inline.children if token.type in ("text", "code_inline", "html_inline"))


def headings(issue: str) -> list[tuple[str, str]]:
    found = tokens_of(issue)
    return [(token.tag, text_of(found[place + 1])) for place, token in enumerate(found) if token.type == "heading_open"]


def items(issue: str) -> list[tuple[str, str]]:
    """Return title and address of every paragraph that is one strong link."""
    found = []
    for token in tokens_of(issue):
        types = [child.type for child in token.children or () if child.content or child.type != "text"]
        if types[:2] == ["strong_open", "link_open"] and types[-2:] == ["link_close", "strong_close"]:
            link = next(child for child in token.children if child.type == "link_open")
            found.append((text_of(token), link.attrs["href"]))
    return found


def atom_feed(titles: list[str], links: list[str]) -> str:
    entries = "".join(
        f"<entry><id>urn:x:{place}</id><title>{escape(title)}</title><link href={etree_attribute(link)}/>"
        "<updated>2019-12-09T08:00:00Z</updated></entry>"
        for place, (title, link) in reversed(list(enumerate(zip(titles, links, strict=True))))
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><id>urn:x</id>{entries}</feed>'


def etree_attribute(value: str) -> str:
    return '"' + escape(value, quote=True) + '"'


def poll_titles(weekly, server, titles: list[str], links: list[str] | None = None) -> None:
    links = links or [f"https://a.example/{place}" for place in range(len(titles))]
    server.replies["/feed"] = Reply(atom_feed(titles, links))
    weekly.write(
        f"  - {{name: odd, url: '{server.url}/feed', section: 业界要闻}}", f"network: {{allow: ['{server.host}']}}\n"
    )
    weekly.run("poll")


def test_no_title_is_markup(weekly, server):
    """Parsed again, issue.md has the template's headings only, and each title as its feed said it, whole."""
    poll_titles(weekly, server, TITLES)
    weekly.run("pick", f"1-{len(TITLES)}")
    weekly.run("publish")
    issue = read(weekly, "issue.md")

    assert [text for text, _ in items(issue)] == TITLES
    assert headings(issue) == [("h1", f"{TITLES[0]} | 云原生周报 No. 1"), ("h2", "业界要闻")]
    assert [token.type for token in tokens_of(issue) if token.type.startswith(("html", "table", "fence", "code"))] == []
    entry = feedparser.parse(read(weekly, "weekly.atom")).entries[0]
    assert [link.title for link in entry.links if link.rel == "related"] == TITLES
    assert etree.HTML(entry.content[0].value).xpath("//strong/a/text()") == TITLES


PLAIN = ["AT&T &amp; &lt;b&gt; as they are written", "if a <b && c> d", "<hosts> & *wildcards*"]


def test_a_plain_title_is_taken_at_its_word(weekly, server):
    """Atom says that a title without a type is text: what looks like HTML in it is what it says (RFC 4287 3.1.1.1)."""
    poll_titles(weekly, server, PLAIN)
    weekly.run("pick", f"1-{len(PLAIN)}")
    weekly.run("publish")

    assert [text for text, _ in items(read(weekly, "issue.md"))] == PLAIN


def test_no_title_lets_script_through(weekly, server):
    """The content of the feed's entry has no element and no attribute that runs or loads anything."""
    poll_titles(weekly, server, TITLES)
    weekly.run("pick", f"1-{len(TITLES)}")
    weekly.run("publish")

    page = etree.HTML(feedparser.parse(read(weekly, "weekly.atom"), sanitize_html=False).entries[0].content[0].value)

    assert {element.tag for element in page.iter()} <= {"html", "body", "p", "strong", "a", "small", "br", "h2"}
    assert {name for element in page.iter() for name in element.attrib} <= {"href", "rel"}
    assert all(href.startswith("https://a.example/") for href in page.xpath("//@href"))


def test_every_link_leads_where_the_feed_said(weekly, server):
    """Whatever characters are in it: the link is one link, to the same address."""
    poll_titles(weekly, server, [f"link {place}" for place in range(len(LINKS))], LINKS)
    weekly.run("pick", f"1-{len(LINKS)}")
    weekly.run("publish")

    found = [unquote(href) for _, href in items(read(weekly, "issue.md"))]
    atom = feedparser.parse(read(weekly, "weekly.atom").encode()).entries[0]

    assert found == [unquote(link) for link in LINKS]
    assert [unquote(link.href) for link in atom.links if link.rel == "related"] == found


def test_control_characters_stay_out_of_files(weekly, server):
    """P08: nothing that XML forbids, and no line break in a title, gets into issue or feed."""
    broken = rss_with_controls()
    server.replies["/feed"] = Reply(broken)
    weekly.write(
        f"  - {{name: odd, url: '{server.url}/feed', section: 业界要闻}}", f"network: {{allow: ['{server.host}']}}\n"
    )
    weekly.run("poll")
    weekly.run("pick", "1")
    weekly.run("publish")

    files = read(weekly, "issue.md") + read(weekly, "weekly.atom") + read(weekly, "edition.json")

    assert not re.search("[\x00-\x08\x0b-\x1f\ufffe\uffff]", files)
    assert "line one line two" in items(read(weekly, "issue.md"))[0][0]
    etree.fromstring(read(weekly, "weekly.atom").encode())


def rss_with_controls() -> str:
    title = "line one\nline\ttwo &#8;&#27;[31m"
    entry = f"<item><guid>u</guid><link>https://a.example/1</link><title>{title}</title></item>"
    return f'<rss version="2.0"><channel><title>odd</title>{entry}</channel></rss>'


COMMENTARY = {
    "an open fence": "看这里：\n\n```\ncode",
    "an open fence of tildes": "~~~~\ncode",
    "an open comment": "before <!-- after",
    "an open element": "<div>\n\n<script>",
    "an open quotation mark in HTML": '<a href="',
    "an open code span": "look at `this",
    "an open processing instruction": "<?php",
    "open emphasis": "**strong",
    "a list": "* one\n* two",
    "a quotation": "> said",
    "an indented end": "text\n\n    code",
    "a link's beginning": "[text](https://a.example/",
    "a definition": "[缓存就在身边]: https://evil.example/",
}


@pytest.mark.parametrize("commentary", COMMENTARY.values(), ids=COMMENTARY)
def test_commentary_stays_in_its_item(newsroom, commentary):
    """What an editor leaves open does not swallow what stands below: titles, headings, source lines."""
    newsroom.run("annotate", MEETUP, "--text", commentary)
    newsroom.run("annotate", CACHE, "--title", "缓存就在身边")

    issue = published(newsroom, MEETUP, SCHEDULER, CACHE)

    assert [tag for tag, _ in headings(issue)] == ["h1", "h2", "h2", "h3"]
    assert [text for text, _ in items(issue)] == ["杭州线下聚会报名", "调度框架的新扩展点", "缓存就在身边"]
    assert issue.count("\n来源：") == 3
    assert not [token for token in tokens_of(issue) if token.type == "html_block"]


def test_sections_are_in_the_newsletters_order(newsroom):
    """And groups in their section's, whatever was picked first; items as they were picked; no section is empty."""
    for number, path in ((GATEWAY, "本周阅读推荐"), (SIDECAR, "up/Knative"), (DRAIN, "up"), (PROBES, "up/Kubernetes"),
                         (CACHE, "up/Kubernetes"), (SCHEDULER, "Talks"), (MEETUP, "业界要闻")):  # fmt: skip
        newsroom.run("pick", number, "--section", path, "--create")

    issue = published(newsroom)

    assert headings(issue)[1:] == [
        ("h2", "业界要闻"), ("h2", "上游重要进展"), ("h3", "Kubernetes"), ("h3", "Knative"), ("h2", "本周阅读推荐"),
        ("h2", "Talks"),
    ]  # fmt: skip
    assert [text.split()[0] for text, _ in items(issue)] == [
        "杭州线下聚会报名", "Drain", "Startup", "Node-local", "Sidecars", "Gateways:", "调度框架的新扩展点",
    ]  # fmt: skip


def test_titles_of_the_newsletter_are_no_markup_either(newsroom):
    """Title, subtitle and sections of feeds.yaml are text; tagline and footer are the editors' Markdown."""
    text = HUB.replace(
        "title: 云原生周报", "title: '*Weekly* <b>'\n  subtitle: a_b_c\n  footer: '[x](https://a.example/) <i>'"
    )
    newsroom.write(FEEDS.replace("业界要闻", "'[News] *1*'"), text=text.replace("- 业界要闻", "- '[News] *1*'"))
    newsroom.run("pick", SCHEDULER, "--section", "[news]")
    newsroom.run("publish")
    issue = read(newsroom, "issue.md")

    assert headings(issue) == [("h1", "调度框架的新扩展点 | *Weekly* <b> No. 1"), ("h2", "[News] *1*")]
    assert text_of(tokens_of(issue)[4]) == "*Weekly* <b> · a_b_c · 2019-W50 · 2019-12-10"
    assert issue.endswith("---\n\n[x](https://a.example/) &lt;i>\n")


def test_credits_are_the_record(newsroom):
    """Who wrote is an author, who only picked an editor, each once, by name; what was undone does not count."""
    newsroom.write(FEEDS, EDITORS)
    newsroom.run("annotate", CACHE, "--text", "一", editor="bob")
    newsroom.run("annotate", CACHE, "--text", "二", "--append", editor="ann")
    newsroom.run("annotate", CACHE, "--text", "零", "--append", editor="carl")
    newsroom.run("undo", editor="carl")
    newsroom.run("annotate", DRAIN, "--text", "三", editor="bob")
    newsroom.run("annotate", PROBES, "--text", "私下", "--private", editor="carl")
    newsroom.run("pick", CACHE, DRAIN, editor="carl")
    newsroom.run("pick", PROBES, editor="ann")
    newsroom.run("publish", editor="carl")

    issue = read(newsroom, "issue.md")

    assert "\n作者 | Bob \\*the\\* &lt;b&gt;、安\\\n编辑 | Carl\n" in issue
    entry = feedparser.parse(read(newsroom, "weekly.atom")).entries[0]
    assert [author.name for author in entry.authors] == ["Bob *the* <b>", "安"]


def test_below_an_item_stands_who_told_it(newsroom):
    """The source with its authors, upstream's title where ours is another, and who told it as well."""
    newsroom.run("annotate", CACHE, "--title", "缓存就在身边", "--text", "省下一次往返。")

    issue = published(newsroom, CACHE)

    assert issue.split("\n\n")[-3:] == [
        "**[缓存就在身边](<https://kube.example/cache>)**",
        "省下一次往返。",
        "来源：Kube blog (Ana) · 原题：Node-local cache reaches beta · 另见：云原生动态\n",
    ]
    content = feedparser.parse(read(newsroom, "weekly.atom")).entries[0].content[0].value
    below = etree.HTML(content).xpath("//small")[-1]
    assert "".join(below.itertext()).endswith("另见：云原生动态")
    assert below.xpath(".//a") == []  # It only led to the very page that the item leads to.


def test_the_feed_is_read_back_as_it_was_meant(newsroom):
    """A feed reader finds id, title, times, authors, the whole issue and a related link for every item."""
    newsroom.write(FEEDS, EDITORS)
    newsroom.run("annotate", CACHE, "--text", "省下 **一次** 往返。", editor="ann")
    newsroom.run("tag", CACHE, "--add", "<odd> & tag", editor="ann")
    published_by_ann(newsroom, CACHE, SCHEDULER)

    found = feedparser.parse(read(newsroom, "weekly.atom").encode())

    assert (found.bozo, found.version) == (False, "atom10")
    assert (found.feed.id, found.feed.title) == ("tag:weekly.example.org,2019:cloud-native", "云原生周报")
    assert (found.feed.updated, found.feed.language) == ("2019-12-10T10:00:00+00:00", "zh-CN")
    assert {link.rel: link.href for link in found.feed.links} == {
        "alternate": "https://weekly.example.org/", "self": "https://weekly.example.org/weekly.atom",
    }  # fmt: skip
    (entry,) = found.entries
    assert entry.id == "tag:weekly.example.org,2019:cloud-native/issue/2019-W50"
    assert entry.title == "调度框架的新扩展点 | 云原生周报 No. 1"
    assert (entry.published, entry.updated) == ("2019-12-10T10:00:00+00:00",) * 2
    assert [author.name for author in entry.authors] == ["安"]
    assert [tag.term for tag in entry.tags] == ["kubernetes", "<odd> & tag"]
    assert [link.href for link in entry.links if link.rel == "alternate"] == [
        "https://weekly.example.org/issues/2019-W50/issue.md"
    ]
    assert [(link.title, link.href) for link in entry.links if link.rel == "related"] == [
        ("调度框架的新扩展点", "https://cn.example/scheduler"),
        ("Node-local cache reaches beta", "https://kube.example/cache"),
    ]
    assert entry.content[0].type == "text/html"
    assert "<p>省下 <strong>一次</strong> 往返。</p>" in entry.content[0].value


def test_a_feed_reader_has_a_link_to_open(newsroom):
    """One that is built on feedparser, too: it takes the entry's id for the link when it sees no page in HTML."""
    published(newsroom, CACHE)

    (entry,) = feedparser.parse(read(newsroom, "weekly.atom").encode()).entries

    assert entry.link == "https://weekly.example.org/issues/2019-W50/issue.md"


def published_by_ann(newsroom, *numbers: str) -> None:
    newsroom.run("pick", *numbers, editor="ann")
    newsroom.run("publish", editor="ann")


def test_without_a_home_the_feed_has_no_links_to_it(newsroom):
    """It is still valid: ids do not need one."""
    newsroom.write(FEEDS, text=re.sub("  home: .*\n", "", HUB))
    published(newsroom, CACHE)

    found = feedparser.parse(read(newsroom, "weekly.atom").encode())

    assert (found.feed.get("links", []), found.entries[0].id[:4]) == ([], "tag:")
    assert [link.rel for link in found.entries[0].links] == ["related"]


def test_O09_atom_has_what_rfc_4287_asks_for(newsroom):
    """Well-formed; each element once where once is asked for; an author for all entries; times with a zone."""
    published(newsroom, CACHE)
    root = etree.fromstring(read(newsroom, "weekly.atom").encode())
    (entry,) = root.findall("{*}entry")

    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    for node in (root, entry):
        assert [len(node.findall(f"{{*}}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)", node.findtext("{*}updated"))
    assert root.findtext("{*}author/{*}name") == "云原生周报"
    assert entry.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-CN"
    assert entry.find("{*}content").get("type") == "html"
