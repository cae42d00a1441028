"""RSS, Atom, RDF and JSON Feed: what to ask a server for, and how to read what it answers."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from feedhub.errors import ReadingError
from feedhub.model.feed import FeedState, Request, Response
from feedhub.reading import ical

if TYPE_CHECKING:
    from feedhub.model.document import Document

_USER = re.compile(r"(?<=://)[^/?#]*@")
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)


def first(state: FeedState, after: float = 0.0) -> Request:
    """Return the request for a feed, with the validators exactly as they were given (RFC 9110 section 13.1).

    It is to start so many seconds after the poll.
    """
    return Request(state.address, (("Accept", _ACCEPT), *state.validators.headers), after)


def read(response: Response) -> "Document":
    """Read a body, whatever its declared type; raise ReadingError when it is no feed."""
    if not response.body.strip():
        raise ReadingError("the body is empty")
    if ical.is_calendar(response.body):
        raise ReadingError("this is a calendar, not a feed; feeds.yaml reads it with kind: ical")
    # The libraries cost 0.1 s to import, and a quiet poll needs neither.
    from feedhub.reading import encodings

    # Links are relative to where a feed is, not to who asked for it (RFC 3986 section 3.2.1).
    response = encodings.decoded(replace(response, url=_USER.sub("", response.url)))
    if response.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        from feedhub.reading import jsonfeed

        return jsonfeed.read(response)
    from feedhub.reading import bounds, swift, syndication

    swiftly = swift.read(response)
    if swiftly is None:
        bounds.check(response.body)
    return swiftly or syndication.read(response)
