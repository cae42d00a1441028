"""A feed that replaces most of what it said at once: another site behind the address, or new ids, links and titles."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from feedhub.model.matching import Decisions, Known, New, Said

_FEWEST = 5
"""Of so few entries, most may be replaced by one good week."""


def is_replacement(now: Sequence[Said], known: Iterable[Known], decisions: Decisions) -> bool:
    """Tell whether more than half of a feed's entries were replaced by others that are no newer than they were.

    A window that rolls on replaces everything, too: by what was published later than all that it held before.
    """
    present = [old for old in known if old.gone_since is None]
    if len(present) < _FEWEST or 2 * len(decisions.gone) <= len(present):
        return False
    latest = max((date for old in present if (date := old.published or old.updated)), default=None)
    return 2 * sum(not _is_later(new, latest) for new in decisions.new) > len(now)


def _is_later(new: New, latest: datetime | None) -> bool:
    date = new.said.published or new.said.updated  # Feeds of releases say only when something was updated.
    return new.follows is not None or (date is not None and latest is not None and date > latest)
