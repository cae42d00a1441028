"""HTML to text, and HTML made harmless; whether it is, a parser says that is not the sanitiser's."""

import re
from html import escape

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html

from feedhub.text.characters import storable
from feedhub.text.markup import clean, paragraphs_of, text_of

TAGS = set(
    "a abbr b blockquote br code dd del dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre q s samp small strong sub sup "
    "table tbody td tfoot th thead tr ul var".split()
)
"""What clean() may let through, written down a second time."""

ATTRIBUTES = {"a": {"href", "title", "rel"}, "abbr": {"title"}, "ol": {"start"}}


TEXTS = {
    "tags go": ("<b>x</b>", "x"),
    "entities are read once": ("&lt;script&gt; &amp;lt;", "<script> &lt;"),
    "bare ones are text": ("AT&T, a < b", "AT&T, a < b"),
    "what no reader sees goes": ("a<script>x()</script><style>y{}</style><!-- z -->b", "ab"),
    "white space is one space": (" a\n<i> b </i>&nbsp;c ", "a b c"),
    "blocks are words of their own": ("<p>one</p><p>two</p><ul><li>three<li>four</ul>", "one two three four"),
    "so are lines": ("one<br>two<br/>three", "one two three"),
    "cells too": ("<table><tr><td>one<td>two</table>", "one two"),
    "but parts of a word are one": ("<b>feed</b>hub <em>1.</em>0", "feedhub 1.0"),
    "plain text stays": ("Kubernetes  1.17", "Kubernetes 1.17"),
    "a reference to no character is a sign for it": ("a&#0;b", "a�b"),
    "nothing is nothing": ("", ""),
}


@pytest.mark.parametrize(("markup", "text"), TEXTS.values(), ids=TEXTS)
def test_text_of(markup, text):
    assert text_of(markup) == text


def test_paragraphs_of():
    """Blocks stand on lines of their own, never more than one empty line between."""
    markup = (
        "<h1>T</h1><p>one <b>two</b><br>three</p><div><div><p>four</p></div></div><script>x()</script><ul><li>a<li>b"
    )

    assert paragraphs_of(markup) == "T\n\none two\nthree\n\nfour\n\na\nb"


CLEAN = {
    "what a note needs stays": (
        '<p>a <b>b</b> <a href="https://a.example/">c</a></p>',
        '<p>a <b>b</b> <a href="https://a.example/" rel="noopener noreferrer">c</a></p>',
    ),
    "text is escaped": ("a < b & c", "a &lt; b &amp; c"),
    "scripts go with what is in them": ("a<script>alert(1)</script>b", "ab"),
    "images go": ('a<img src="https://t.example/pixel.gif" onerror="x()">b', "ab"),
    "frames go": ('<iframe src="https://a.example/"></iframe>b', "b"),
    "events go": ('<p onclick="x()" style="color:red" class="c">a</p>', "<p>a</p>"),
    "a link to a script is no link": ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer">a</a>'),
    "a new window is ours to open": (
        '<a href="https://a.example/" target="_blank" rel="opener">a</a>',
        '<a href="https://a.example/" rel="noopener noreferrer">a</a>',
    ),
    "drawings go": ('<svg><a xlink:href="javascript:x()">a</a></svg>', ""),
    "hints and languages go too": ('<p title="x" lang="de" dir="rtl">a</p>', "<p>a</p>"),
    "comments go": ("a<!-- b -->c", "ac"),
    "what is open is closed": ("<b>a<i>b", "<b>a<i>b</i></b>"),
    "a relative link without a base is none": ('<a href="/x">a</a>', '<a rel="noopener noreferrer">a</a>'),
}


@pytest.mark.parametrize(("markup", "harmless"), CLEAN.values(), ids=CLEAN)
def test_clean(markup, harmless):
    assert tree(clean(markup)) == tree(harmless)


def tree(markup: str) -> bytes:
    """Write HTML in one way, as libxml2 understands it: not the parser that clean() has."""
    return html.tostring(html.fragment_fromstring(markup, create_parent="div"))


def test_relative_links_start_from_the_base():
    """And a base that is no web address is none."""
    link = '<a href="../x?a=1">a</a>'

    assert 'href="https://a.example/x?a=1"' in clean(link, "https://a.example/blog/post")
    assert "href" not in clean(link, "javascript:x()")
    assert "href" not in clean('<a href="javascript:x()">a</a>', "https://a.example/")


HTML_PIECES = [
    *["<", ">", '"', "'", "/", "=", "&", " ", "\n", ";", "x", "!", "-", "`", "云", "\x00", "\x1b", "\u202e"],
    *["<p>", "</p>", "<a href=", "<b", "<svg>", "<math>", "<mtext>", "<style>", "<!--", "-->", "<![CDATA[", "]]>"],
    *["<table>", "<td>", "<select>", "<template>", "<noscript>", "<textarea>", "<title>", "<xmp>", "<form>", "<li>"],
    *["<img src=x onerror=alert(1)>", "<script>", "</script>", "<mglyph>", "<malignmark>", "<annotation-xml>", "</a>"],
    *[
        "javascript:alert(1)",
        "data:text/html,x",
        "JaVaScRiPt&colon;x",
        "java\tscript:x",
        "https://a.example/",
        "mailto:a",
    ],
    *[
        " onclick=x ",
        " style=x ",
        " href=//b.example ",
        " title='",
        "&lt;script&gt;",
        "&#106;",
        "<iframe srcdoc=",
        "<ol start=",
    ],
]
HTML = st.lists(st.sampled_from(HTML_PIECES), max_size=12).map("".join) | st.text(max_size=30)
"""HTML as nobody should write it."""

VECTORS = (
    "<svg><p><style><!--</style><img src=x onerror=alert(1)>--></style>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<a href="&#106;avascript:alert(1)">x</a><a href=" \x01javascript:alert(1)">y</a>',
    '<a href="java\nscript:alert(1)">x</a><a href="//b.example">y</a><a href="data:text/html,x">z</a>',
    "<b title='</b><script>alert(1)</script>'>x</b><abbr title='\"><img src=x onerror=alert(1)>'>y</abbr>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "<plaintext><b>x", "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>", "<p id=x name=y is=z>a<base href=//b>",
)  # fmt: skip


def live(cleaned: str) -> list[str]:
    """Return what in some HTML could do anything: tags and attributes beyond the list, links to no web page."""
    found: list[str] = []
    for element in html.fragment_fromstring(cleaned, create_parent="div").iterdescendants():
        if element.tag not in TAGS:
            found.append(str(element.tag))
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES.get(element.tag, ()) or (name == "href" and not is_harmless(value)):
                found.append(f"{element.tag} {name}={value}")
    return found


def is_harmless(link: str) -> bool:
    """Tell whether a browser, which strips blanks and controls first, ends at a page of the web or a mailbox."""
    scheme = re.match("([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", link), re.IGNORECASE)
    return scheme is None or scheme[1].lower() in ("http", "https", "mailto")


def test_live_sees_what_is_live():
    """The judge of the next tests is no rubber stamp."""
    markup = "<script>x</script><p onclick=x>a<a href=javascript:x>b</a><a href='j&#97;vascript:x'>c</a><img src=x>"

    assert len(live(markup)) == 6


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("base", [None, "https://a.example/b/"])
def test_known_vectors_are_dead(vector, base):
    """What broke other sanitisers goes through this one and comes out harmless."""
    cleaned = clean(vector, base)

    assert live(storable(cleaned)) == []
    assert clean(cleaned, base) == cleaned


@given(HTML, st.sampled_from([None, "https://a.example/b/", "javascript:x"]))
@example("<li><table><li>", None)  # what stands wrongly in a table is moved before it, by every parser anew
def test_H04_cleaned_html_is_harmless_and_stays_as_it_is(markup, base):
    """For any HTML: only listed tags and attributes, only links to the web; cleaning again changes nothing."""
    cleaned = clean(markup, base)

    assert live(storable(cleaned)) == []
    assert clean(cleaned, base) == cleaned


@given(HTML)
def test_the_text_of_html_is_one_line(markup):
    """Whatever the HTML; so no field of a list runs over its line."""
    assert text_of(markup) == " ".join(text_of(markup).split())


@given(st.text(st.characters(exclude_characters="\x00")))
@example("&lt; <b>")
def test_escaped_text_is_read_as_it_was(text):
    """Nothing is unescaped twice, nothing is lost."""
    assert text_of(escape(text)) == " ".join(text.split())
