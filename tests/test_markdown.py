"""Markdown written and made safe; whether it is, renderers say that let everything through."""

import re
from html import escape
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from feedhub.model.feed import Response
from feedhub.reading import feeds
from feedhub.text.characters import storable
from feedhub.text.markup import clean, escape_markdown, html_of, markdown_link, safe_markdown, text_of


def renderer(preset: str, *more: str) -> MarkdownIt:
    """Return a renderer that lets through any HTML and any scheme, as cmark --unsafe does."""
    found = MarkdownIt(preset, {"html": True, "linkify": False}).enable(list(more))
    found.validateLink = lambda _: True
    return found


RENDERERS = {
    "CommonMark": renderer("commonmark"),
    "CommonMark with tables": renderer("commonmark", "table", "strikethrough"),
    "GitHub's dialect": renderer("gfm-like"),
}

ESCAPED = {
    "plain text is as legible as it was": ("Kubernetes 1.17: Stability (GA) - what's new?", None),
    "Chinese too": ("云原生周报：第 31 期", None),
    "emphasis": ("*a* _b_ ~c~", r"\*a\* \_b\_ \~c\~"),
    "links and code": ("[a](b) `c`", r"\[a\](b) \`c\`"),
    "HTML": ("<b> & &amp;", "&lt;b&gt; &amp; &amp;amp;"),
    "bare addresses and who is mentioned": (
        "http://a.example www.b.example @ann",
        r"http\://a.example www\.b.example \@ann",
    ),
    "the end of a heading": ("C #", r"C \#"),
    "white space is one space": ("a\n\n# b\t c", "a # b c"),
    "a backslash": (r"C:\*", r"C:\\\*"),
}


@pytest.mark.parametrize(("text", "markdown"), ESCAPED.values(), ids=ESCAPED)
def test_escape_markdown(text, markdown):
    assert escape_markdown(text) == (markdown or text)


PIECES = st.lists(
    st.sampled_from(
        [
            *"*_`~[]()<>&#!|\\$@:-+=.1 \n\t云ａ",
            *[
                "http://a.example",
                "www.a.example",
                "a@b.example",
                "<b>",
                "</b>",
                "<!--",
                "&amp;",
                "&#42;",
                "](x)",
                "![",
                "[^1]",
            ],
            *[
                "**",
                "~~",
                "``",
                "\\",
                "&lt;",
                "javascript:x",
                "<https://a.example>",
                "[x]: y",
                "\u00a0",
                "\u200b",
                "e\u0301",
            ],
        ]
    ),
    max_size=12,
).map("".join)


def inline(markdown: MarkdownIt, text: str) -> list[Token]:
    """Return what the only paragraph of some Markdown holds; emphasis leaves empty texts behind."""
    _, content, _ = markdown.parse(text)
    return [token for token in content.children if token.type != "text" or token.content]


@pytest.mark.parametrize("markdown", RENDERERS.values(), ids=RENDERERS)
@given(text=PIECES | st.text(st.characters()))
@example(text="ends in \\")
@example(text="![a](b) <b> &amp; \\* www.x http://y :// # ##")
def test_an_escaped_title_is_read_as_it_was(markdown, text):
    """For any text that is stored: a strong link with exactly this text in it, and nothing else."""
    text = storable(text)

    opened, link, *content, link_end, closed = inline(markdown, f"**[{escape_markdown(text)}](<https://a.example/>)**")

    assert [token.type for token in (opened, link, link_end, closed)] == [
        "strong_open",
        "link_open",
        "link_close",
        "strong_close",
    ]
    assert {token.type for token in content} <= {"text"}
    assert "".join(token.content for token in content) == " ".join(text.split())


@pytest.mark.parametrize("markdown", RENDERERS.values(), ids=RENDERERS)
@given(text=PIECES | st.text(st.characters()))
@example(text="# ##")
def test_an_escaped_heading_is_read_as_it_was(markdown, text):
    """As a heading too, where a closing row of # would go."""
    text = storable(text)

    tokens = markdown.parse(f"## {escape_markdown(text)}")

    assert [token.type for token in tokens] == ["heading_open", "inline", "heading_close"]
    assert "".join(token.content for token in tokens[1].children) == " ".join(text.split())


LINKS = {
    "a link": ("a", "https://a.example/x", "[a](<https://a.example/x>)"),
    "no address": ("*a*", None, r"\*a\*"),
    "a script": ("a", "javascript:x()", "a"),
    "what would end the link": ("a", "https://a.example/<b> c\\", "[a](<https://a.example/%3Cb%3E%20c%5C>)"),
    "Chinese stays": ("云", "https://a.example/云", "[云](<https://a.example/云>)"),
}


@pytest.mark.parametrize(("text", "url", "markdown"), LINKS.values(), ids=LINKS)
def test_markdown_link(text, url, markdown):
    assert markdown_link(text, url) == markdown


@pytest.mark.parametrize("markdown", RENDERERS.values(), ids=RENDERERS)
@given(path=st.text(st.characters(exclude_categories=["Cs"])) | PIECES)
@example(path="x>)[y](<javascript:z")
@example(path="&#x3e;) &colon; \\")
def test_a_link_is_one_link_to_where_it_leads(markdown, path):
    """Whatever is in an address, it does not get out of the link."""
    url = f"https://a.example/{path}"

    tokens = inline(markdown, markdown_link("t", url))

    assert [token.type for token in tokens] == ["link_open", "text", "link_close"]
    assert urlsplit(tokens[0].attrs["href"]).netloc == "a.example"


def dangers(markdown: MarkdownIt, text: str) -> list[str]:
    """Return what a renderer would let through: HTML, and addresses that lead neither to the web nor to a mailbox."""
    tokens = [token for block in markdown.parse(text) for token in (block, *(block.children or ()))]
    links = [
        token.attrs.get("href") or token.attrs.get("src") or ""
        for token in tokens
        if token.type in ("link_open", "image")
    ]
    raw = [token.content for token in tokens if token.type in ("html_block", "html_inline")]
    return raw + [link for link in links if scheme_of(link) not in SCHEMES]


def scheme_of(link: str) -> str:
    """Return the scheme that a browser sees: it strips blanks and controls first (WHATWG URL, section 4.4)."""
    found = re.match("([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", link), re.IGNORECASE)
    return found[1].lower() if found else ""


SCHEMES = ("http", "https", "mailto", "")
"""The last one is that of relative links, which stay where the page is."""

NASTY = {
    "a script": "[x](javascript:alert(1))",
    "in capitals": "[x](JavaScript:alert(1))",
    "in angle brackets": "[x](<javascript:alert(1)>)",
    "behind blanks": "[x]( \n <javascript:alert(1)>)",
    "with an entity in it": "[x](java&#115;cript:alert(1))",
    "with an entity first": "[x](&#106;avascript:alert(1))",
    "with an entity of letters": "[x](javascript&colon;alert(1))",
    "with an escaped colon": "[x](javascript\\:alert(1))",
    "behind an entity for a line": "[x](&NewLine;javascript:alert(1))",
    "data": "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "a file": "[x](file:///etc/passwd)",
    "an old browser's script": "[x](vbscript:x)",
    "a picture of data": "![x](data:image/svg+xml,x)",
    "a picture in a link": "[![x](javascript:y)](javascript:z)",
    "a reference": "[x]\n\n[x]: javascript:alert(1)",
    "a reference on two lines": "[x][y]\n\n[y]:\n   <javascript:alert(1)>\n   'title'",
    "a reference in a quotation": "> [x]: javascript:alert(1)\n\n[x]",
    "a reference with an escaped name": "[a\\]b]\n\n[a\\]b]: javascript:alert(1)",
    "a reference in a quotation, on two lines": "> [x]:\n> javascript:alert(1)\n\n[x]",
    "an autolink": "<javascript:alert(1)>",
    "an autolink that is not in a list of schemes": "<made-up-scheme+x:y>",
    "a tag": "<script>alert(1)</script>",
    "a tag over two lines": "<img\nsrc=x onerror=alert(1)>",
    "a tag in a list": "- <img src=x onerror=alert(1)>",
    "a comment that is never closed": "a\n\n<!-- b\n\nc",
    "other markup": "<?php x ?> <!X> <![CDATA[x]]>",
    "a tag and a harmless autolink": "<https://a.example><b>",
    "a tag within an autolink": "<https://a.example<script>>",
    "a tag in a table's cell, in what is code elsewhere": "|a|b|\n|-|-|\n| `x | <img src=x onerror=alert(1)>` |",
    "a tag behind an unclosed backtick": "`a <b>c",
    "a tag behind an escaped backtick": "\\`<b>`",
    "carriage returns": "a\r\r<script>\ralert(1)\r</script>",
}


@pytest.mark.parametrize("markdown", RENDERERS.values(), ids=RENDERERS)
@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nasty_markdown_is_made_safe(markdown, text):
    assert dangers(markdown, safe_markdown(text)) == []


def test_dangers_are_seen():
    """The judge of these tests is no rubber stamp: it finds each of these, as they are, dangerous."""
    harmless = {name for name, text in NASTY.items() if not any(dangers(one, text) for one in RENDERERS.values())}

    assert harmless == set()


MARKDOWN = st.lists(
    st.sampled_from(
        [
            *"[]()<>:!\\`&;*|-> \n\t.\"'x",
            *[
                "](",
                "]:",
                "[x]",
                "[x]:",
                "\n\n",
                "    ",
                "> ",
                "- ",
                "javascript:",
                "data:x",
                "&colon;",
                "&#106;",
                "&#58;",
                "&Tab;",
            ],
            *[
                "avascript:y",
                "<b>",
                "</b>",
                "<!--",
                "-->",
                "<?",
                "<https://a.example>",
                "https://a.example",
                "mailto:a@b.example",
            ],
            *["```", "|a|b|\n|-|-|\n|", "<javascript:x>", "\\\\", "\\:", "x:y", "\r", "\x01", "\u00a0", "云"],
        ]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("markdown", RENDERERS.values(), ids=RENDERERS)
@given(text=MARKDOWN | st.text(st.characters()))
def test_any_markdown_is_made_safe(markdown, text):
    """Whatever an editor, or who wrote to one, pastes: no HTML, no link but to the web or a mailbox."""
    assert dangers(markdown, safe_markdown(text)) == []


@given(MARKDOWN | st.text(st.characters()))
@example("\xa0\n\n[")
def test_safe_markdown_is_safe_markdown(text):
    """Making it safe again changes nothing."""
    assert safe_markdown(safe_markdown(text)) == safe_markdown(text)


KEPT = {
    "emphasis, lists and code": "**a** *b*\n\n- c\n- `d < e`\n\n```yaml\nf: <g>\n```",
    "links of the web": "[a](https://a.example/ 'title') <https://b.example> [c](mailto:ann@c.example) [d][e]\n\n[e]: http://e.example",
    "comparisons": "a < b, c > d, 1 <2, x<-y",
    "code with tags": "use `Vec<T>` or `<details>`",
    "words before a colon": "[WIP]: still open\n\n(note: this)",
    "footnotes in brackets": "as seen [1] (see: there)",
    "a heading and a quotation": "### a\n\n> b\n> c",
    "an indented block at the start": "    kubectl get <pod>",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_harmless_markdown_reads_as_before(text):
    """What was safe is rendered as it is without us."""
    assert MarkdownIt("commonmark").render(safe_markdown(text)) == MarkdownIt("commonmark").render(text)


SHOWN = {
    "a tag is text": "a <b>bold</b> word",
    "a tag is text, code beside it stays code": "a <b>bold</b> word and `Vec<T>`",
    "a block of code too": "<b>x</b>\n\n```\nif a < b && c > d\n```",
    "a link to a script is text": "[x](javascript:y)",
}


@pytest.mark.parametrize("text", SHOWN.values(), ids=SHOWN)
def test_any_renderer_shows_what_html_of_shows(text):
    assert text_of(RENDERERS["CommonMark"].render(safe_markdown(text))) == text_of(html_of(text))


@given(MARKDOWN)
def test_html_of_markdown_is_clean(text):
    """What an editor writes goes through the sanitiser, as everything does."""
    assert clean(html_of(text)) == html_of(text)


TITLES = {
    # What stands in the document, its format, what the author meant.
    "an ampersand": ("AT&amp;T", "rss", "AT&T"),
    "less than": ("a &lt; b", "rss", "a < b"),
    "HTML, in RSS": ("&lt;b&gt;x&lt;/b&gt;", "rss", "x"),
    "HTML in CDATA": ("<![CDATA[<b>x</b> &amp; y]]>", "rss", "x & y"),
    "a tag that is spoken of": ("&amp;lt;script&amp;gt;", "rss", "<script>"),
    "an entity that is spoken of": ("&amp;amp;lt;", "rss", "&lt;"),
    "Atom's text": ("AT&amp;T &lt;b&gt;x&lt;/b&gt;", "text", "AT&T <b>x</b>"),
    "an entity in Atom's text": ("&amp;lt;script&amp;gt;", "text", "&lt;script&gt;"),
    "Atom's HTML": ("AT&amp;amp;T &lt;b&gt;x&lt;/b&gt;", "html", "AT&T x"),
    "a tag spoken of in Atom's HTML": ("&amp;lt;script&amp;gt;", "html", "<script>"),
    "an entity in Atom's HTML": ("&amp;amp;lt;", "html", "&lt;"),
    "XHTML": ('<div xmlns="http://www.w3.org/1999/xhtml">AT&amp;T <b>x</b> &lt;y&gt;</div>', "xhtml", "AT&T x <y>"),
}


@pytest.mark.parametrize(("written", "kind", "meant"), TITLES.values(), ids=TITLES)
def test_H05_titles_are_read_as_meant_and_escaped_once(written, kind, meant):
    """From the document's bytes to what a reader of the Markdown, and of its HTML, sees."""
    if kind == "rss":
        document = f'<rss version="2.0"><channel><title>f</title><item><title>{written}</title></item></channel></rss>'
    else:
        document = (
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>f</title><id>urn:f</id>'
            f'<entry><id>urn:1</id><title type="{kind}">{written}</title></entry></feed>'
        )

    (entry,) = feeds.read(Response(200, "https://a.example/feed", {}, document.encode())).entries

    assert entry.title == meant
    assert text_of(RENDERERS["GitHub's dialect"].render(f"**{markdown_link(meant, 'https://a.example/')}**")) == meant
    assert text_of(clean(f"<p>{escape(meant)}</p>")) == meant
