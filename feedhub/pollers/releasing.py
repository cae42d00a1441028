"""Releases that have just come: which of them do not count, and which are told as one story."""

from collections.abc import Sequence
from datetime import datetime

from feedhub.model.feed import FeedState
from feedhub.model.hub import Newsletter
from feedhub.model.matching import Decision, Joining, Told
from feedhub.rules import releases
from feedhub.rules.composition import week_start
from feedhub.rules.releases import Collapse
from feedhub.store import decisions, joining, rules
from feedhub.store.connection import Database

_KNOWN = 200
"""So many entries before are looked at for what was released last."""


def judge(db: Database, letter: Newsletter, feed: FeedState, told: Sequence[Told], now: datetime) -> frozenset[int]:
    """Hide the releases that do not count, and put patches of a week together; return the entries that do not count."""
    wanted = feed.feed.releases
    came = {one.entry for one in told if not one.held}
    if wanted is None or not came:
        return frozenset()
    found = releases.in_order(releases.read(rules.latest(db, feed.number, len(told) + _KNOWN)))
    known = [one for one in found if one.part.entry not in came]
    uncounted: dict[int, str] = {}
    for one in found:
        if one.part.entry in came:
            why = releases.uncounted(one, known, wanted)
            uncounted |= {one.part.entry: why} if why else {}
            known.append(one)
    homes = rules.homes(db, uncounted)
    for entry, why in uncounted.items():
        if rules.hide(db, homes[entry], entry, why, "releases"):
            decisions.record(db, [Decision(homes[entry], entry, "releases", "hidden", why)], now)
    for pair in releases.collapsed(came, found, wanted, week_start(now, letter)):
        _join(db, pair, now)
    return frozenset(uncounted)


def _join(db: Database, pair: Collapse, now: datetime) -> None:
    """Make one story of a patch and the greatest release of its week: the one that editors know, or the greatest's."""
    patch, greatest = pair.release.part.entry, pair.greatest.part.entry
    homes = rules.homes(db, [patch, greatest])
    here, other, came = homes[greatest], homes[patch], patch
    if here == other:
        return
    touched = rules.touched(db, (here, other))
    if {here, other} <= touched:
        joining.become_one(db, Joining(here, pair.matched, doubts=(other,), by="releases"), now)
        return
    leads = None
    if other in touched:
        here, other, came = other, here, greatest
        leads = None if rules.is_placed(db, here) else other
    hidden = rules.hidden(db, (here, other))
    joining.become_one(db, Joining(here, pair.matched, led_by=leads, absorbs=(other,), by="releases"), now)
    if other not in hidden:
        rules.show(db, here)
    joining.tell(db, here, came, now)
