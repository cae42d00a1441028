"""What is wrong with a feed, as editors should hear of it; and what of it they have not heard yet."""

from datetime import datetime, timedelta

from feedhub.model.feed import FeedState, Trouble
from feedhub.text.addresses import shown

_SILENT = timedelta(days=90)
_TIMES_ITS_GAP = 10
_LONGEST_SILENCE = timedelta(days=365)
_REMIND = timedelta(days=7)


def troubles(state: FeedState, now: datetime) -> tuple[Trouble, ...]:
    """Return what is wrong with a feed, without what an editor took note of already."""
    if state.paused_until:
        return ()
    found = (_failing(state), _moved(state), _stale(state, now), _gap(state), _held(state))
    return tuple(one for one in found if one and not (state.acked and one.since <= state.acked))


def is_news(trouble: Trouble, before: datetime | None, now: datetime) -> bool:
    """Tell whether to say it: it began since the visit before, or is a week older than then, or two, and so on."""
    if before is None or trouble.since > before:
        return True
    return (now - trouble.since) // _REMIND > (before - trouble.since) // _REMIND


def is_silent(since: datetime, usual: timedelta, now: datetime) -> bool:
    """Tell whether a feed that has news so often, as a rule, has had none for too long."""
    return now - since >= max(_SILENT, min(_TIMES_ITS_GAP * usual, _LONGEST_SILENCE))


def _failing(state: FeedState) -> Trouble | None:
    name = state.feed.name
    if state.gone_since:
        return Trouble(name, "gone", state.gone_since, state.error or "gone for good (410)")
    return Trouble(name, "failing", state.failing_since, state.error or "") if state.failing_since else None


def _moved(state: FeedState) -> Trouble | None:
    if not state.proposed_url or not state.moved_since:
        return None
    says = f"it has moved for good to {shown(state.proposed_url)}; accept it with: feedhub feed move {state.feed.name}"
    return Trouble(state.feed.name, "moved", state.moved_since, says)


def _stale(state: FeedState, now: datetime) -> Trouble | None:
    if state.news_at is None or state.failing_since:
        return None
    usual = timedelta(seconds=state.news_gap or 0)
    if not is_silent(state.news_at, usual, now):
        return None
    return Trouble(state.feed.name, "stale", state.news_at, f"nothing new since {state.news_at:%Y-%m-%d}")


def _held(state: FeedState) -> Trouble | None:
    if not state.held_since:
        return None
    name = state.feed.name
    says = (
        f"on {state.held_since:%Y-%m-%d %H:%M} UTC it replaced most of what it said by what is no newer; that waits: "
        f"feedhub list --hidden --feed {name}, then feedhub feed ack {name} (or --backlog)"
    )
    return Trouble(name, "held", state.held_since, says)


def _gap(state: FeedState) -> Trouble | None:
    if not state.gap_since:
        return None
    at = f"{state.gap_since:%Y-%m-%d %H:%M} UTC"
    says = (
        f"on {at} nothing was left of what it said at the visit before: entries may have come and gone in between"
        if state.feed.kind != "github"
        else f"on {at} GitHub gave less than there is, a thousand or what it had time for: entries may be missing"
    )
    return Trouble(state.feed.name, "gap", state.gap_since, says)
