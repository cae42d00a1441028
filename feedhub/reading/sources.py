"""Kinds of source: each is two pure functions, `first(state) -> Request` and `read(response) -> (Document, next)`.

The one place that chooses by kind; what each of them is stands in a file of its own.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from feedhub.model.feed import FeedState, Request, Response
from feedhub.reading import feeds, github, ical

if TYPE_CHECKING:
    from feedhub.model.document import Document

KINDS = ("feed", "github", "ical")
MOST_REQUESTS = github.MOST_REQUESTS
"""In one poll of one feed."""


def first(state: FeedState, now: datetime, after: float = 0.0) -> Request:
    """Return what to ask for at first; it is to start so many seconds after the poll."""
    if state.feed.kind == "github":
        return github.first(state, now, after)
    return ical.first(state, after) if state.feed.kind == "ical" else feeds.first(state, after)


def read(kind: str, response: Response) -> "tuple[Document, Request | None]":
    """Read an answer of a kind of source, and return what brings more of it; raise ReadingError when it is none."""
    if kind == "github":
        return github.read(response)
    return (ical.read(response) if kind == "ical" else feeds.read(response)), None


def refusal(kind: str, response: Response) -> str:
    """Return what an answer without a document means, where a kind of source says more than the status does."""
    return github.refusal(response) if kind == "github" else ""


def kind_of(body: bytes) -> str:
    """Return the kind of what was found at an address of which nobody said what it is."""
    return "ical" if ical.is_calendar(body) else "feed"
