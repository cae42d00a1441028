"""What of a feed's first document is news, and what is backlog: a new feed does not flood the desk."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from feedhub.model.matching import New

MOST_UNDATED = 5


def marked(new: Sequence[New], days: int | None, now: datetime) -> tuple[New, ...]:
    """Mark the entries of a feed's first document, in its order, that are no news any more.

    Those are dated more than so many days back, or undated beyond the first five; with 0 days all are, with None none.
    """
    if days is None:
        return tuple(new)
    undated = 0
    found = []
    for one in new:
        date = one.said.published or one.said.updated
        undated += date is None
        old = undated > MOST_UNDATED if date is None else now - date > timedelta(days=days)
        found.append(New(one.said, one.follows, backlog=True) if old or days == 0 else one)
    return tuple(found)
