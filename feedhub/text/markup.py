"""Markup: HTML to text, HTML made harmless, Markdown read and written. The home of nh3, selectolax and markdown-it."""

import html
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from feedhub.text.addresses import is_web

if TYPE_CHECKING:
    import nh3
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from selectolax.lexbor import LexborNode

# What a piece of commentary or a quotation needs, and nothing that loads, runs, restyles or tracks: no images, no
# SVG or MathML (every hole in this sanitiser's history came through them), no style.
_TAGS = frozenset(
    "a abbr b blockquote br code dd del dl dt em h1 h2 h3 h4 h5 h6 hr i kbd li ol p pre q s samp small strong sub sup "
    "table tbody td tfoot th thead tr ul var".split()
)
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}

# What CommonMark and GitHub's dialect would take for markup inside a line: bare addresses and a heading's end included.
_SPECIAL = re.compile(r"[\\`*_\[\]~$@]|:(?=//)|(?<=www)\.|#(?=#*$)", re.IGNORECASE)
_LEADS_OUT = re.compile(r"(?:https?://|mailto:|[^:]*$)", re.IGNORECASE)
_BRACKET = re.compile(r"((?:\\.)*)(\[)", re.DOTALL)
_HTML = re.compile(r"<(?!(?:https?://|mailto:)[^\s<>]*>)", re.IGNORECASE)
_ENTITY = re.compile(r"&(?=#?\w+;)")
# What is nested as no document may be reads as another tree once it was written, and is cleaned until it stays.
_MOST_ROUNDS = 5
_BLOCK = re.compile(
    r"<(?=/?(?:p|div|br|li|ul|ol|h[1-6]|tr|pre|blockquote|dt|dd|hr|table|td|th|section|article)\b)", re.IGNORECASE
)
_OPENING = re.compile(r"<(?!(?:br|hr|img|input|wbr|col|source|p|li|dt|dd|td|th|tr|option)\b)[a-z]", re.IGNORECASE)
_DEEPEST = 2_000
"""Elements left open: the parser is quadratic in its depth, 100,000 take it 20 s."""
_TAG = re.compile(r"<[A-Za-z/!?][^<>]*>")
_UNREAD = re.compile(r"<(?:(script|style|template|noscript|svg|math)\b|!--)", re.IGNORECASE)
# Text whose few references mean the same to everybody; it needs no parser, which costs ten times as much.
_PLAIN = re.compile(
    r"[^&<\x00]*(?:&(?:(?:amp|lt|gt|quot|nbsp|#(?:3[2-9]|[4-9]\d|1[01]\d|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}));|(?=\s))[^&<\x00]*)*",
    re.ASCII,
)
_REMARK = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_UNSAFE_IN_LINK = re.compile(r"[<>\\\s\x00-\x1f\x7f]")
_LINK_TAG = re.compile(r"<(?:link|base|a)\s[^<>]{1,4000}>", re.IGNORECASE)
_BARE = re.compile(r"https?://[^\s<>()\[\]\"'`，。；：、！？（）《》「」]+")
_MOST_LINKS = 5_000
_LONGEST_ELEMENT = 200_000
_FURNITURE = (
    "script style template noscript iframe object svg math nav header footer aside form button select dialog time"
).split()


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a page as it stands there: its tag (link or a), the words of its rel, its type and where it leads."""

    tag: str
    rel: frozenset[str]
    type: str
    href: str


@dataclass(frozen=True, slots=True)
class Element:
    """An element of a page: its tag, its attributes as they stand there, and the text in it."""

    tag: str
    attributes: Mapping[str, str]
    text: str


def text_of(markup: str) -> str:
    """Return what a reader of some HTML reads, as one line.

    >>> text_of("AT&amp;T &lt;b&gt; <b>bold</b><script>x()</script>")
    'AT&T <b> bold'
    """
    if "<" not in markup:
        if "&" not in markup:
            return " ".join(markup.split())
        if _PLAIN.fullmatch(markup):
            return " ".join(html.unescape(markup).split())
    return " ".join(paragraphs_of(markup).split())


def paragraphs_of(markup: str) -> str:
    """Return what a reader of some HTML reads, with a line for each block."""
    if _is_too_deep(markup):
        return _stripped(markup)
    from selectolax.lexbor import LexborHTMLParser  # 20 ms to import

    tree = LexborHTMLParser(_BLOCK.sub("\n<", markup))
    tree.strip_tags(["script", "style", "template", "noscript", "iframe", "object", "svg", "math"])
    text = tree.body.text(separator="") if tree.body else ""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.strip() for line in text.splitlines())).strip()


def page_links(page: str) -> tuple[str | None, tuple[Link, ...]]:
    """Return the base that an HTML page sets, and its links in their order."""
    from selectolax.lexbor import LexborHTMLParser

    # Only these tags are parsed: a tree of 200,000 nested elements takes lexbor minutes.
    tags = itertools.islice(_LINK_TAG.finditer(page), _MOST_LINKS)
    tree = LexborHTMLParser("".join(tag.group() for tag in tags))
    bases = [node.attributes["href"] for node in tree.css("base[href]")]
    nodes = tree.css("link[href], a[href]")
    return next((base for base in bases if base), None), tuple(_link(node) for node in nodes)


def elements(page: str, selector: str) -> tuple[Element, ...]:
    """Return the elements of a page that a CSS selector finds, in their order: none of a page nested too deeply."""
    if _is_too_deep(page):
        return ()
    from selectolax.lexbor import LexborHTMLParser

    nodes = itertools.islice(LexborHTMLParser(page).css(selector), _MOST_LINKS)
    return tuple(
        Element(node.tag or "", {name: value or "" for name, value in node.attributes.items()}, _said(node))
        for node in nodes
    )


def article_of(page: str) -> str:
    """Return what a reader of a page came for, a line for each block: its article or main part, without furniture."""
    if _is_too_deep(page):
        return _stripped(page)
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_BLOCK.sub("\n<", page))
    tree.strip_tags(_FURNITURE)
    # A page of several articles lists them: then it is the whole of them that it is about.
    articles = [node for node in tree.css("article") if node.css_first("article article") is None]
    found = articles[0] if len(articles) == 1 else tree.css_first("main, [role=main], #js_content") or tree.body
    text = found.text(separator="") if found else ""
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def _said(node: "LexborNode") -> str:
    return "" if node.tag in ("html", "body") else (node.text() or "")[:_LONGEST_ELEMENT]


def _is_too_deep(markup: str) -> bool:
    """Tell whether so many elements are left open that a parser would be busy with it for long."""
    return len(_OPENING.findall(markup)) - markup.count("</") > _DEEPEST


def words_of(markup: str) -> str:
    """Return the words of some HTML for an index: many times faster than text_of, and close to it."""
    return _stripped(markup) if "<" in markup or "&" in markup else markup


def _stripped(markup: str) -> str:
    return html.unescape(_TAG.sub(" ", _readable(markup)))


def _readable(markup: str) -> str:
    """Return HTML without comments, scripts and the like; what is not closed lasts to the end."""
    kept, at = [], 0
    while found := _UNREAD.search(markup, at):
        kept.append(markup[at : found.start()])
        end = re.compile(f"</{found[1]}[^<>]*>" if found[1] else "-->", re.IGNORECASE).search(markup, found.end())
        if end is None:
            return " ".join(kept)
        at = end.end()
    return " ".join([*kept, markup[at:]])


def clean(markup: str, base: str | None = None) -> str:
    """Return HTML that is harmless wherever it is shown; relative links start from `base`; without one they go."""
    if _is_too_deep(markup):
        markup = html.escape(_stripped(markup), quote=False)
    cleaner = _cleaner(base if base and is_web(base) else None)
    cleaned = cleaner.clean(markup)
    for _ in range(_MOST_ROUNDS):
        markup, cleaned = cleaned, cleaner.clean(cleaned)
        if cleaned == markup:
            break
    return cleaned


def html_of(markdown: str) -> str:
    """Return an editor's Markdown (CommonMark) as clean HTML; HTML in it is text."""
    return clean(_markdown().render(markdown))


def upstream_html(markdown: str) -> str:
    """Return Markdown that somebody else wrote as the HTML that it stands for, to be cleaned on the way out.

    HTML in it is HTML, and remarks, which GitHub's templates are full of, are left out.

    >>> upstream_html("<!-- Thanks for the patch! -->\\nAdds *one* <kbd>key</kbd>.")
    '<p>Adds <em>one</em> <kbd>key</kbd>.</p>\\n'
    """
    return str(_upstream().render(_REMARK.sub("", markdown).strip()))


def paragraphs(markdown: str) -> str:
    r"""Return Markdown that somebody else wrote as HTML that shows it as it stands, without remarks.

    >>> paragraphs("*a* <b>\n\n\nb<!-- c -->\nd")
    '<p>*a* &lt;b&gt;</p>\n<p>b<br>\nd</p>'
    """
    found = re.split(r"\n\n+", _REMARK.sub("", markdown.replace("\r\n", "\n")).strip())
    shown = (html.escape(each, quote=False).replace("\n", "<br>\n") for each in found if each)
    return "\n".join(f"<p>{each}</p>" for each in shown)


def escape_markdown(text: str) -> str:
    r"""Return text as Markdown that reads as exactly this text, on one line and not at its start; as legible as it can.

    >>> escape_markdown("[a](b) *c* & Kubernetes 1.17: Stability")
    '\\[a\\](b) \\*c\\* &amp; Kubernetes 1.17: Stability'
    """
    return html.escape(_SPECIAL.sub(r"\\\g<0>", " ".join(text.split())), quote=False)


def markdown_link(text: str, url: str | None) -> str:
    """Return a link as Markdown, or the text alone where there is no address to lead to."""
    if not url or not is_web(url):
        return escape_markdown(text)
    safe = _UNSAFE_IN_LINK.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), url)
    return f"[{escape_markdown(text)}](<{_ENTITY.sub('&amp;', safe)}>)"


def safe_markdown(markdown: str) -> str:
    r"""Return an editor's Markdown so that any renderer shows what html_of shows: HTML in it is text, links are safe.

    A link that leads elsewhere than to the web or a mailbox takes the others of its text with it.

    >>> safe_markdown("a <b>bold</b> <https://a.example>"), safe_markdown("[x](javascript:y)")
    ('a &lt;b>bold&lt;/b> <https://a.example>', '\\[x](javascript:y)')
    """
    lines = markdown.replace("\r\n", "\n").split("\n")
    text = "\n".join(line.rstrip() for line in lines).strip("\n").rstrip()
    for found in _html_in(text):
        text = text.replace(found, found.replace("<", "&lt;"))
    if _html_in(text):
        text = _HTML.sub("&lt;", text)
    if any(not _LEADS_OUT.match(href) for href in _targets(text)):
        text = _BRACKET.sub(r"\1\\\2", _HTML.sub("&lt;", text))
    return _closed(text)


def links_in(markdown: str) -> tuple[str, ...]:
    """Return where the links of an editor's Markdown lead on the web, addresses that merely stand there as well.

    >>> links_in("[a](https://a.example/x) and https://b.example/y.")
    ('https://a.example/x', 'https://b.example/y')
    """
    found = (*_targets(markdown), *(bare.rstrip(".,;:!?)") for bare in _BARE.findall(markdown)))
    return tuple(dict.fromkeys(url for url in found if is_web(url)))


def _link(node: "LexborNode") -> Link:
    said = {name: value or "" for name, value in node.attributes.items()}
    words = frozenset(said.get("rel", "").lower().split())
    return Link(node.tag or "", words, said.get("type", ""), said["href"].strip())


def _html_in(markdown: str) -> list[str]:
    return [token.content for token in _tokens(markdown) if token.type in ("html_block", "html_inline")]


def _tokens(markdown: str) -> "list[Token]":
    """Return all that CommonMark or GitHub's dialect see: a table's cell may cut in two what is code without it."""
    parsed = [token for parser in _permissive() for token in parser.parse(markdown)]
    return [inner for token in parsed for inner in (token, *(token.children or ()))]


def _targets(markdown: str) -> list[str]:
    """Return where links and images lead, as a renderer would that checks nothing."""
    attributes = (token.attrs.get("href", token.attrs.get("src")) for token in _tokens(markdown))
    return [str(target) for target in attributes if target is not None]


def _closed(markdown: str) -> str:
    """Close a code fence that is open at the end: all that follows in the issue would be code."""
    tokens = _permissive()[0].parse(f"{markdown}\n\nend")
    last = tokens[-1] if tokens else None
    return f"{markdown}\n{last.markup}" if last is not None and last.type == "fence" else markdown


def _any_link(url: str) -> bool:  # noqa: ARG001 - the signature is markdown-it's
    return True


@cache
def _permissive() -> "tuple[MarkdownIt, MarkdownIt]":
    """Return parsers that let everything through, to see what other renderers may."""
    from markdown_it import MarkdownIt

    parsers = MarkdownIt("commonmark", {"html": True}), MarkdownIt("commonmark", {"html": True}).enable("table")
    for parser in parsers:
        parser.validateLink = _any_link  # type: ignore[method-assign]
    return parsers


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # 90 ms to import

    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@cache
def _upstream() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@lru_cache(maxsize=64)
def _cleaner(base: str | None) -> "nh3.Cleaner":
    import nh3

    return nh3.Cleaner(
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        url_relative=("rewrite_with_base", base) if base else "deny",
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
