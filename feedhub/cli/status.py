"""status: how each feed does."""

from datetime import datetime
from typing import Any

import click

from feedhub.cli.output import NARROW, columns, hint, moment, say_json, table
from feedhub.cli.session import Session
from feedhub.model.feed import FeedState
from feedhub.store import feeds, watches
from feedhub.text.addresses import shown


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One object per feed.")
@click.pass_obj
def status_command(session: Session, as_json: bool) -> None:
    """Say how each feed does: its state, since when, the last error, the next poll.

    \b
    Example:
      feedhub status --json | jq 'select(.state != "ok")'
    """
    states = feeds.states(session.db, session.hub.feeds)
    waiting = watches.waiting_by_feed(session.db)
    if as_json:
        for state in states:
            say_json(status_json(state) | {"watch": waiting.get(state.feed.name, [])})
        return
    zone = session.hub.newsletter.timezone
    from_year = 5 if columns() < NARROW else 0
    rows = [("FEED", "STATE", "CHECKED", "NEXT", "ADDRESS")]
    for state in states:
        checked, again = moment(state.checked, zone), moment(next_of(state), zone)
        about = f"{shown(state.feed.url)}  {trouble(state, session)}"
        rows.append((state.feed.name, state.state, checked[from_year:], again[from_year:], about))
    table(rows, (16, 8, 11, 11) if from_year else (24, 11, 16, 16))
    if waiting:
        hint(f"{sum(map(len, waiting.values()))} of what was published changed since: feedhub watch")


def status_json(state: FeedState) -> dict[str, Any]:
    """Return a feed as the command line's contract has it."""
    return {
        "name": state.feed.name,
        "url": shown(state.address),
        "listed_url": shown(state.feed.url),
        "state": state.state,
        "since": state.gone_since or state.failing_since or state.held_since,
        "error": state.error,
        "checked": state.checked,
        "next": next_of(state),
        "proposed_url": shown(state.proposed_url) if state.proposed_url else None,
        "gap": state.gap_since,
        "paused_until": state.paused_until,
        "acknowledged": state.acked,
    }


def next_of(state: FeedState) -> datetime | None:
    """Return when a feed is visited next, as far as that is known."""
    if state.gone_since:
        return None
    return state.paused_until or state.poll_after


def trouble(state: FeedState, session: Session) -> str:
    """Say in a few words what is wrong with a feed, if anything is."""
    zone = session.hub.newsletter.timezone
    if state.error:
        return f"since {moment(state.failing_since or state.gone_since, zone)}: {state.error}"
    if state.proposed_url:
        return f"has moved for good to {shown(state.proposed_url)}; accept it with: feedhub feed move {state.feed.name}"
    if state.held_since:
        name = state.feed.name
        return f"replaced at {moment(state.held_since, zone)}: feedhub list --hidden --feed {name}, feed ack {name}"
    return f"entries may have been lost before {moment(state.gap_since, zone)}" if state.gap_since else ""
