"""What of a feed's first document is news, and what is backlog: a new feed does not flood the desk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feedhub.model.document import Event
from feedhub.model.feed import FeedState
from feedhub.model.matching import New

MOST_UNDATED = 5


def marked(new: Sequence[New], days: int | None, now: datetime) -> tuple[New, ...]:
    """Mark the entries of a feed's first document, in its order, that are no news any more.

    Those are dated more than so many days back, or undated beyond the first five; with 0 days all are, with None none.
    Of events it is those that are over: one that comes is news whenever it was written down.
    """
    if days is None:
        return tuple(new)
    undated = 0
    found = []
    for one in new:
        event, date = one.said.event, one.said.published or one.said.updated
        if event is not None:
            old = is_over(event, now)
        else:
            undated += date is None
            old = undated > MOST_UNDATED if date is None else now - date > timedelta(days=days)
        found.append(replace(one, backlog=True) if old or days == 0 else one)
    return tuple(found)


def is_over(event: Event, now: datetime) -> bool:
    """Tell whether an event is over; one whose end nobody says is so when its day is."""
    return (event.ends or event.starts + timedelta(days=1)) <= now


def from_before(new: Sequence[New], state: FeedState) -> tuple[New, ...]:
    """Mark what a search brought to light that was no news when its feed was listed, as a new comment does.

    `published` is when it was merged, closed or opened, as the search asks for.
    """
    days = state.feed.backlog
    if days is None or state.known_since is None:
        return tuple(new)
    first = state.known_since - timedelta(days=days)
    return tuple(
        replace(one, backlog=True) if one.said.published and one.said.published < first else one for one in new
    )
