"""feedparser, the reference reader: its only home, and without those of its ways that others have here.

Dates are read by `dates`, and who an author is by `values.person`: feedparser's own reading of either can take minutes
(its issue 562), and would be thrown away.
"""

import io
import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from xml.sax import SAXException, saxutils

import feedparser

from feedhub.errors import ReadingError
from feedhub.model.feed import Response
from feedhub.reading.values import MOST_OF_A_KIND

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"", "utf-8"))

_BARE = re.compile(r"&(?![A-Za-z0-9#]+;)")


def parse(response: Response) -> Any:
    """Return what feedparser makes of a body, without sanitising; raise ReadingError when it cannot."""
    # Given bytes, feedparser takes them for a file name first; given headers in capitals, it does not see them.
    headers = {"content-type": response.headers.get("content-type", ""), "content-location": response.url}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return feedparser.parse(
                io.BytesIO(_declared_alone(response.body.lstrip())),
                response_headers=headers,
                sanitize_html=False,
                resolve_relative_uris=False,
            )
        except Exception as error:
            raise ReadingError(f"feedparser cannot read it: {type(error).__name__}") from error


def is_broken(parsed: Any) -> bool:
    """Tell whether a document that feedparser read is not well-formed."""
    return isinstance(parsed.get("bozo_exception"), SAXException)


def _declared_alone(body: bytes) -> bytes:
    """Return a body with its XML declaration on a line of its own.

    feedparser looks for the encoding in the first line with a pattern that takes minutes for 40 KB of them.
    """
    mark, codec = next((mark, codec) for mark, codec in _MARKS if body.startswith(mark))
    start, end, line = (text.encode(codec) for text in ("<?", "?>", "\n"))
    if not body.startswith(start, len(mark)):
        return body
    found = body.find(end, len(mark), 1_000)
    cut = found + len(end) if found >= 0 else len(mark) + len(start)
    return body[:cut] + line + body[cut:]


def _only_kept(element: str) -> Callable[[Any], None]:
    """Return what to do at the end of an element whose text is all that is asked for."""

    def end(parser: Any) -> None:
        parser.pop(element)

    return end


class _Ways:
    """What is different from feedparser's own parsers; the names are those that it calls."""

    def _end_author(self: Any) -> None:
        written = self.pop("author")
        self.inauthor = 0
        authors = self._get_context().get("authors")
        if written and authors and not authors[-1]:
            authors[-1]["name"] = written

    _end_managingeditor = _end_author

    def _sync_author_detail(self, key: str = "author") -> None:
        """Leave out the search for an address in a name."""

    def _add_tag(self: Any, term: str, scheme: str, label: str) -> None:
        """Keep no more tags than are read of an entry: each is compared with all before it."""
        if len(self._get_context().get("tags", ())) < MOST_OF_A_KIND:
            super()._add_tag(term, scheme, label)  # type: ignore[misc]

    def handle_data(self: Any, text: str, escape: bool = True) -> None:
        """Keep text as feedparser does, at half the cost: expat comes here a million times for a megabyte of `&lt;`."""
        if self.elementstack:
            is_markup = escape and dict.get(self.contentparams, "type") == "application/xhtml+xml"
            self.elementstack[-1][2].append(saxutils.escape(text) if is_markup else text)

    def handle_charref(self: Any, ref: str) -> None:
        """Leave out a reference to what is no character, where feedparser would give up: &#xD800;."""
        try:
            code = int(ref[1:], 16) if ref[:1] in ("x", "X") else int(ref)
        except ValueError:  # 5,000 digits
            return
        if code < 0xD800 or 0xDFFF < code < 0x110000:
            super().handle_charref(ref)  # type: ignore[misc]


class _LooseWays(_Ways):
    """What is different where a document is not well-formed."""

    def feed(self: Any, data: str) -> None:
        """Read a document whose bare ampersands stay what they are: AT&T, not AT&T;."""
        first, *others = data.split("<![CDATA[")
        cut = [other.partition("]]>") for other in others]
        kept = [f"<![CDATA[{text}{end}{_BARE.sub('&amp;', rest)}" for text, end, rest in cut]
        super().feed("".join([_BARE.sub("&amp;", first), *kept]))  # type: ignore[misc]

    def _end_link(self: Any) -> None:
        if self.elementstack and self.elementstack[-1][0] == "link":
            pieces = self.elementstack[-1][2]
            pieces[:] = [piece.replace("&amp;", "&") if isinstance(piece, str) else piece for piece in pieces]
        super()._end_link()  # type: ignore[misc]


for _name, _element in {
    "published": "published",
    "issued": "published",
    "pubdate": "published",
    "updated": "updated",
    "modified": "updated",
    "lastbuilddate": "updated",
    "created": "created",
    "expirationdate": "expired",
    "dcterms_valid": "validity",
}.items():
    setattr(_Ways, f"_end_{_name}", _only_kept(_element))

# At each element feedparser works out anew where relative links start from, which is a third of its time.
feedparser.mixin.make_safe_absolute_uri = lru_cache(maxsize=64)(feedparser.mixin.make_safe_absolute_uri)

# feedparser has no setting for its parsers' classes; it looks them up here at each call.
feedparser.api.StrictFeedParser = type("Strict", (_Ways, feedparser.api.StrictFeedParser), {})
feedparser.api.LooseFeedParser = type("Loose", (_LooseWays, feedparser.api.LooseFeedParser), {})
