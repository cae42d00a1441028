"""How often a feed speaks, and how far back its document reaches: what is lost when polls are further apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from feedhub.model.document import Entry
from feedhub.rules.health import is_silent

_FEWEST = 5
_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Window:
    """What a document holds at once: so many entries, those that have a date from `oldest` to `newest`."""

    entries: int
    dated: int
    oldest: datetime | None = None
    newest: datetime | None = None

    @property
    def span(self) -> timedelta:
        """The time that its dated entries cover."""
        return self.newest - self.oldest if self.newest and self.oldest else timedelta()

    def arriving(self, time: timedelta) -> float:
        """Return how many entries come in such a time, as far as the dates tell."""
        return (self.dated - 1) * (time / self.span) if self.span else 0.0

    @property
    def a_week(self) -> float:
        """How many entries come in a week."""
        return self.arriving(_WEEK)


def window(entries: Iterable[Entry], now: datetime) -> Window:
    """Return what a document holds; entries that are dated ahead of now count as undated."""
    every = tuple(entries)
    dates = [date for entry in every if (date := entry.published or entry.updated) and date <= now]
    return Window(len(every), len(dates), min(dates, default=None), max(dates, default=None))


def is_stale(seen: Window, now: datetime) -> bool:
    """Tell whether a feed has said nothing for too long: most that are abandoned never say so."""
    usual = seen.span / (seen.dated - 1) if seen.dated > 1 else timedelta()
    return seen.newest is not None and is_silent(seen.newest, usual, now)


def is_short(seen: Window, interval: timedelta, now: datetime) -> bool:
    """Tell whether a feed says more between two polls that are missed than its document holds.

    A few entries, or ones that lie long back, tell nothing: a site that was moved dates all of them the same.
    """
    if seen.dated < _FEWEST or seen.newest is None or now - seen.newest > max(_WEEK, 2 * interval):
        return False
    return seen.span <= 2 * interval
