"""When to look again at what was published, and what of what is seen there an editor should hear of.

Nothing here visits anything. Clocks, counters and ages that move by themselves are no edit (rules.revisions).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b

from feedhub.model.document import Entry
from feedhub.model.feed import Validators
from feedhub.model.watching import Altered, Found, Missing, Moved, News, Same, Shown, Sight, Target
from feedhub.rules import freshness
from feedhub.rules.revisions import without_clocks
from feedhub.text.addresses import host_of
from feedhub.text.links import is_front_page, page
from feedhub.text.markup import paragraphs_of
from feedhub.text.versions import version

CLOSELY = timedelta(weeks=12)
_WEEK = timedelta(days=7)
_MONTH = timedelta(days=30)
_DAY = timedelta(days=1)
_AGAIN = timedelta(hours=20)
"""After which a page that was missing is visited a second time, before anybody hears of it."""

_BUSY = (403, 429, 503)
_RESTLESS = 3
"""Visits in a row that found another text: some pages draw what they show (quotes, what others read), inside of it."""
_GIVEN_UP = {"closed": "was closed unmerged", "not planned": "was closed as not planned"}
_UNTIL = re.compile(r"merged|closed|released|any|stage:[\w-]{1,40}|\d{4}-\d\d-\d\d", re.IGNORECASE)


def next_visit(target: Target, now: datetime) -> datetime | None:
    """Return when to look again: weekly for twelve weeks, then monthly; daily while somebody waits; None: never."""
    is_seen = "://" in target.key or target.checked is not None
    if target.missing_since and target.state != "deleted" and is_seen:
        return now + _AGAIN
    if target.followed:
        return now + _DAY
    if target.cited is None:
        return None
    return now + (_WEEK if now < target.cited + CLOSELY else _MONTH)


def first_visit(key: str, published: datetime, now: datetime) -> datetime:
    """Return when to look for the first time: at once, to know how it was; what is old can wait for its own moment."""
    age = now - published
    if age < _WEEK:
        return now
    moment = int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=4).digest()) / 2**32
    return now + moment * (_WEEK if age < CLOSELY else _MONTH)


def hold(status: int | None, headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return until when a host is left alone after an answer, or after none (status is None); None: it may be asked on.

    As long as it says, by Retry-After or a rate limit that is used up; else for a day when it refused us.
    """
    if status is None:
        return now + _DAY
    return freshness.retry_after(status, headers, now) or (now + _DAY if status in _BUSY else None)


def is_out_of_turn(status: int, headers: Mapping[str, str], now: datetime) -> bool:
    """Tell whether a refusal is about how much we asked before, and not about what was asked for."""
    return status in _BUSY and freshness.used_up(headers, now) is not None


def seen(target: Target, sight: Sight, now: datetime) -> tuple[Found | None, Target]:
    """Return what an editor should hear of after a visit, and what is to be remembered of the target."""
    match sight:
        case Same():
            state = None if target.state in ("deleted", "moved") else target.state
            return None, replace(target, checked=now, missing_since=None, state=state, edits=0)
        case Missing():
            return _missing(target, now)
        case Moved(url):
            found = None if target.state == "moved" else Found("redirected", f"leads to {url} for good")
            return found, replace(target, checked=now, missing_since=None, state="moved")
        case Shown():
            return _shown(target, sight, now)


def _missing(target: Target, now: datetime) -> tuple[Found | None, Target]:
    """One visit is no proof; and what an interface does not know was never seen, and may be private."""
    is_page = "://" in target.key
    if target.state == "deleted" or (not is_page and target.checked is None):
        return None, replace(target, missing_since=target.missing_since or now)
    if target.missing_since is None or now - target.missing_since < _AGAIN:
        return None, replace(target, missing_since=target.missing_since or now)
    is_release = not is_page and "@" in target.key
    found = Found("withdrawn", "the release is gone") if is_release else Found("deleted", "is not there any more")
    return found, replace(target, checked=now, state="deleted")


def _shown(target: Target, sight: Shown, now: datetime) -> tuple[Found | None, Target]:
    after = replace(target, checked=now, missing_since=None, validators=sight.validators)
    after = replace(after, state=sight.state, labels=sight.labels, text=sight.text)
    was_after_print = sight.closed is not None and target.cited is not None and sight.closed > target.cited
    if sight.state in _GIVEN_UP and target.state != sight.state and (target.state or was_after_print):
        return Found("closed", _GIVEN_UP[sight.state]), after
    if target.state in _GIVEN_UP and sight.state not in _GIVEN_UP:
        says = f"{_GIVEN_UP[target.state]}, and is {sight.state} now"
        # Whether it says something else as well is for the next visit, which must see all of it.
        return Found("closed", says, only_adds=True), replace(after, text=target.text, validators=Validators())
    if sight.state == "cancelled" and target.checked and target.state != "cancelled":
        return Found("withdrawn", "the event is cancelled", target.text, sight.text), after
    if target.text is None or is_same_text(target.text, sight.text):
        return None, replace(after, text=target.text or sight.text, edits=0)
    after = replace(after, edits=target.edits + 1)
    if after.edits > _RESTLESS:
        return None, after
    says = "was edited" if after.edits < _RESTLESS else "says something else at every visit, which is not told any more"
    return Found("edited", says, target.text, sight.text), after


def altered(one: Altered) -> Found | None:
    """Return what an editor should hear of an entry that its feed changed, or took back, after an issue had it."""
    before, after = one.before, one.after
    if one.vanished:
        return Found("deleted", f"was taken out of {one.feed}, which goes on without it", said(before))
    cancelled = after.event is not None and after.event.status == "cancelled"
    was_cancelled = before.event is not None and before.event.status == "cancelled"
    if cancelled and not was_cancelled:
        kind, says = "withdrawn", "the event is cancelled"
    elif after.status == "closed" and before.status not in (None, "closed"):
        kind, says = "closed", f"was closed unmerged, says {one.feed}"
    else:
        kind, says = "edited", f"was edited, in {one.feed}"
    last = said(before) if one.told is None else one.told
    return None if is_same_text(last, said(after)) else Found(kind, says, last, said(after))


def said(entry: Entry) -> str:
    """Return what an entry says, as text: its title, where it leads, when and where an event is, then its body."""
    event = entry.event
    when = f"{event.starts:%Y-%m-%d} {event.place or ''} {event.status or ''}".strip() if event else None
    head = (entry.title, entry.link, when, entry.status)
    return "\n".join([*filter(None, head), paragraphs_of(entry.text)]).strip()


def is_same_text(one: str, other: str) -> bool:
    """Tell whether two states of a text say the same, clocks, counters and white space aside."""
    return without_clocks(one) == without_clocks(other)


def leads_elsewhere(target: Target, moved_to: str | None) -> bool:
    """Tell whether a permanent redirect leads to another page, and not to another spelling of the same address."""
    return moved_to is not None and page(moved_to) != page(target.url) and not _is_same_path(target.url, moved_to)


def _is_same_path(one: str, other: str) -> bool:
    """Tell a site that moved as a whole: the same path on another host, which is not its front page."""
    paths = [re.sub(r"^[^/]*//[^/]*", "", (page(address) or "").lower()) for address in (one, other)]
    return paths[0] == paths[1] and not is_front_page(page(one) or "") and bool(host_of(other))


def is_condition(until: str) -> bool:
    """Tell whether somebody can wait for that: merged, closed, released, any, stage:S, or a day."""
    return _UNTIL.fullmatch(until) is not None and (not until[0].isdigit() or _day(until) is not None)


def has_come(until: str, targets: Sequence[Target], news: News, today: date) -> str | None:
    """Say what somebody waited for that has come; None while it has not."""
    wanted = until.lower()
    day = _day(wanted)
    if day is not None:
        return until if today >= day else None
    if wanted == "any":
        return _anything(news)
    if wanted == "released":
        return _released(news)
    states = {*news.states, *(target.state for target in targets)}
    labels = {label.lower() for label in (*news.labels, *(each for target in targets for each in target.labels))}
    if wanted.startswith("stage:"):
        return until if f"stage/{wanted[6:]}" in labels else None
    if wanted == "closed":
        return next((state for state in ("merged", "closed", "completed", "not planned") if state in states), None)
    return until if wanted in states else None


def _released(news: News) -> str | None:
    """Say in which release it came, the greatest if there are several; a pre-release is none yet."""
    known = ((version(release.partition("@")[2]), release) for release in news.released)
    finished = [(found.numbers, release) for found, release in known if found and not found.unfinished]
    return f"released in {max(finished)[1]}" if finished else None


def _anything(news: News) -> str | None:
    said = [f"told by {feed} as well" for feed in news.joined]
    said += [f"changed in {feed}" for feed in news.edited]
    said += [f"mentioned by {story}" for story in news.mentioned]
    said += [f"{kind} where it leads" for kind in news.found]
    said += [f"released in {release}" for release in news.released]
    return said[0] if said else None


def _day(until: str) -> date | None:
    try:
        return date.fromisoformat(until)
    except ValueError:
        return None
