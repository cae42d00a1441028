"""poll and status: visiting feeds, and how they do."""

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import click

from feedhub import __version__
from feedhub.cli.output import hint, moment, say, say_json, table
from feedhub.cli.session import Session
from feedhub.model.feed import Failed, FeedState, Gone, Poll
from feedhub.model.hub import Hub
from feedhub.model.written import time_text
from feedhub.pollers import feeds as pollers
from feedhub.pollers.feeds import Done, Visit
from feedhub.store import feeds
from feedhub.text.addresses import shown


@click.command("poll")
@click.option("--feed", "names", multiple=True, metavar="NAME", help="Only this feed; may stand several times.")
@click.option("--force", is_flag=True, help="Ignore the schedule; a server's Retry-After and 410 still count.")
@click.option("--json", "as_json", is_flag=True, help="One object per feed visited, then a summary.")
@click.pass_obj
def poll_command(session: Session, names: tuple[str, ...], force: bool, as_json: bool) -> None:
    """Visit the feeds that are due and store what they say.

    Prints a line for each feed with news or trouble; exit 1 when a feed failed.

    \b
    Example, for cron:
      0 * * * *  feedhub --hub /srv/weekly poll
    """
    db = session.db  # Opening it may migrate it, under the same lock.
    with pollers.polling(session.database):
        due = pollers.due(db, session.hub, session.now, names, force=force)
        _hint_kinds(session.hub)
        found = pollers.poll(db, session.hub, due, way_out(session.hub), session.now)
        done = _report(_with_progress(found, len(due)), as_json, session.verbose)
    _summary(session.hub, done, as_json)
    if any(isinstance(one.poll.outcome, Failed | Gone) for one in done):
        click.get_current_context().exit(1)


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="One object per feed.")
@click.pass_obj
def status_command(session: Session, as_json: bool) -> None:
    """Say how each feed does: its state, since when, the last error, the next poll.

    \b
    Example:
      feedhub status --json | jq 'select(.state != "ok")'
    """
    known = {state.feed.name: state for state in feeds.states(session.db)}
    states = [known.get(feed.name, FeedState(0, feed)) for feed in session.hub.feeds]
    if as_json:
        for state in states:
            say_json(_status_json(state))
        return
    zone = session.hub.newsletter.timezone
    rows = [("FEED", "STATE", "CHECKED", "NEXT", "ADDRESS")]
    for state in states:
        checked, again = moment(state.checked, zone), moment(state.poll_after, zone)
        last = f"{shown(state.feed.url)}  {_trouble(state, session)}"
        rows.append((state.feed.name, _state_of(state), checked, again if _is_polled(state) else "-", last))
    table(rows, (24, 11, 16, 16))


def way_out(hub: Hub) -> Visit:
    """Return the door with the hub's limits; it is opened, and libcurl loaded, when something is to be visited."""

    def visit(requests: Iterable[Any]) -> Iterator[Any]:
        from feedhub import door

        network = hub.network
        limits = door.Limits(
            user_agent=f"feedhub/{__version__} (+{hub.newsletter.contact})",
            allow=frozenset(pair.lower() for pair in network.allow),
            deadline=network.deadline.total_seconds(),
            max_body=network.max_body,
            per_host=network.per_host,
            connections=network.connections,
        )
        return door.visit(requests, limits)

    return visit


def _report(found: Iterable[Done], as_json: bool, verbose: bool) -> list[Done]:
    done = []
    for one in found:
        done.append(one)
        if as_json:
            say_json(_done_json(one))
        else:
            _say_done(one)
        if verbose:
            _say_schedule(one.poll)
    return done


def _say_schedule(poll: Poll) -> None:
    """Say what came of a visit in the words of the record, and when the next one is."""
    outcome = type(poll.outcome).__name__.lower()
    hint(f"{poll.feed.feed.name}: {outcome}, {shown(poll.feed.feed.url)}, next at {time_text(poll.poll_after)}")


def _say_done(one: Done) -> None:
    name, counts = one.poll.feed.feed.name, one.counts
    if isinstance(one.poll.outcome, Failed):
        hint(f"{name}: {one.poll.outcome.reason}")
    elif isinstance(one.poll.outcome, Gone):
        hint(f"{name}: gone for good (410); it is not polled any more, its stories are kept")
    elif counts.new or counts.changed:
        said = [f"{number} {what}" for number, what in ((counts.new, "new"), (counts.changed, "changed")) if number]
        say(f"{name}: {', '.join(said)}")
    if one.poll.moved_to:
        hint(f"{name}: has moved for good to {shown(one.poll.moved_to)}; change its url in feeds.yaml")


def _done_json(one: Done) -> dict[str, Any]:
    outcome = one.poll.outcome
    return {
        "name": one.poll.feed.feed.name,
        "outcome": type(outcome).__name__.lower(),
        "new": one.counts.new,
        "backlog": one.counts.backlog,
        "changed": one.counts.changed,
        "gone": one.counts.gone,
        "error": outcome.reason if isinstance(outcome, Failed) else None,
    }


def _summary(hub: Hub, done: list[Done], as_json: bool) -> None:
    failed = sum(isinstance(one.poll.outcome, Failed | Gone) for one in done)
    new, changed = sum(one.counts.new for one in done), sum(one.counts.changed for one in done)
    gone = sum(one.counts.gone for one in done)
    if as_json:
        counts = {"feeds": len(done), "failed": failed, "new": new, "backlog": 0, "changed": changed, "gone": gone}
        say_json({"summary": True, **counts})
    elif done:
        hint(f"{len(done)} of {len(hub.feeds)} feeds visited: {new} new, {changed} changed, {failed} failed")
    else:
        hint("no feed is due yet; feedhub status says when, and poll --force goes now")


def _with_progress(found: Iterable[Done], total: int) -> Iterator[Done]:
    """Pass polls on as they come; on a terminal, count them in a bar first, which lines in between would tear."""
    if not sys.stderr.isatty() or total < 2:
        yield from found
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    parts = (TextColumn("polling"), BarColumn(), MofNCompleteColumn())
    with Progress(*parts, console=Console(stderr=True), transient=True) as progress:
        done = list(progress.track(found, total=total))
    yield from done


def _hint_kinds(hub: Hub) -> None:
    others = [feed.name for feed in hub.feeds if feed.kind != "feed"]
    if others:
        hint(f"not polled by this version (kind github or ical): {', '.join(others)}")


def _is_polled(state: FeedState) -> bool:
    return state.feed.kind == "feed" and not state.gone_since


def _trouble(state: FeedState, session: Session) -> str:
    """Say in a few words what is wrong with a feed, if anything is."""
    zone = session.hub.newsletter.timezone
    if state.feed.kind != "feed":
        return f"kind {state.feed.kind} is not polled by this version"
    if state.error:
        return f"since {moment(state.failing_since or state.gone_since, zone)}: {state.error}"
    if state.proposed_url:
        return f"has moved for good to {shown(state.proposed_url)}; change its url in feeds.yaml"
    return f"entries may have been lost before {moment(state.gap_since, zone)}" if state.gap_since else ""


def _status_json(state: FeedState) -> dict[str, Any]:
    return {
        "name": state.feed.name,
        "url": shown(state.feed.url),
        "state": _state_of(state),
        "since": state.gone_since or state.failing_since,
        "error": state.error,
        "checked": state.checked,
        "next": state.poll_after if _is_polled(state) else None,
        "proposed_url": shown(state.proposed_url) if state.proposed_url else None,
        "gap": state.gap_since,
    }


def _state_of(state: FeedState) -> str:
    return "moved" if state.state == "ok" and state.proposed_url else state.state
