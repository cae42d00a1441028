"""feed: look after the feeds of feeds.yaml: list, check, remove, pause, resume, move, acknowledge."""

from datetime import datetime
from functools import partial
from typing import Any

import click

from feedhub.cli.adding import add_command
from feedhub.cli.opml import export_command, import_command
from feedhub.cli.output import day, hint, moment, say_json, table
from feedhub.cli.params import JSON, Day
from feedhub.cli.session import Session
from feedhub.cli.subscribing import Listed, rewrite, secrets_path, state_of, tell_health
from feedhub.cli.way_out import way_out
from feedhub.config import secrets
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.feed import FeedState
from feedhub.pollers import checking
from feedhub.pollers.feeds import check_contact
from feedhub.store import feeds
from feedhub.text.addresses import shown

_NAME = click.argument("name", metavar="NAME")
_BAD = {"gone", "page", "dead", "duplicate"}


@click.group("feed")
def feed_command() -> None:
    """Add, check and look after the feeds of feeds.yaml.

    \b
    Example:
      feedhub feed add kubernetes.io --section Upstream/Kubernetes --dry-run
    """


@feed_command.command("list")
@JSON
@click.pass_obj
def list_command(session: Session, as_json: bool) -> None:
    """List the feeds, in the order of feeds.yaml.

    \b
    Example:
      feedhub feed list
    """
    counts = feeds.story_counts(session.db)
    states = feeds.states(session.db, session.hub.feeds)
    if as_json:
        for state in states:
            say_json(_listed_json(state, counts))
        return
    rows = [("FEED", "STATE", "STORIES", "SECTION", "TAGS", "ADDRESS")]
    for state in states:
        feed, stories = state.feed, str(counts.get(state.feed.name, 0))
        about = (feed.section or "-", " ".join(f"#{tag}" for tag in feed.tags) or "-", shown(state.address))
        rows.append((feed.name, state.state, stories.rjust(7), *about))
    table(rows, (24, 8, 7, 20, 16))


@feed_command.command("check")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@JSON
@click.pass_obj
def check_command(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Say which feeds are dead, moved or stale.

    Visits them without storing anything. Says also which are a page instead of a feed, which are the same feed, and
    which hold so few entries that some may be lost. Exit 1 when one is dead, gone, a page or a duplicate.

    \b
    Example:
      feedhub feed check --json | jq 'select(.verdict != "ok")'
    """
    check_contact(session.hub)
    known = {state.feed.name: state for state in feeds.states(session.db, session.hub.feeds)}
    for name in names:
        if name not in known:
            raise UnknownNameError("feed", name, known)
    states = [state for name, state in known.items() if name in (names or known)]
    usual = session.hub.network.interval
    bad = 0
    for one in checking.check(states, session.hub.feeds, usual, way_out(session), session.now):
        say_json(_checked_json(one)) if as_json else _say_checked(one, session)
        bad += one.verdict in _BAD
    click.get_current_context().exit(1 if bad else 0)


@feed_command.command("remove")
@_NAME
@click.pass_obj
def remove_command(session: Session, name: str) -> None:
    """Take a feed out of feeds.yaml.

    Its stories stay, and adding it again brings it back.

    \b
    Example:
      feedhub feed remove kubernetes-blog
    """
    from feedhub.config import editing

    state = state_of(session, name)
    rewrite(session, partial(editing.without_feed, name=name))
    stories = feeds.story_counts(session.db).get(name, 0)
    hint(f"{name} is not polled any more; its {stories} stories stay")
    again = "list it in feeds.yaml as it was" if state.feed.kind == "github" else _again(session, state)
    hint(f"to have it back: {again}")


def _again(session: Session, state: FeedState) -> str:
    """Return the command that adds a feed as it was; what feeds.yaml had in the clear is not said."""
    feed = state.feed
    is_clear = any(named in session.hub.secrets for named in secrets.names_in(feed.url))
    section = [f"--section '{feed.section}'"] if feed.section else []
    tags = [f"--tag {tag}" for tag in feed.tags]
    return " ".join(
        [f"feedhub feed add '{shown(feed.url) if is_clear else feed.url}' --name {feed.name}", *section, *tags]
    )


@feed_command.command("pause")
@_NAME
@click.option("--until", type=Day(), required=True, metavar="DATE", help="When to go on: 2019-12-24, or a time.")
@click.pass_obj
def pause_command(session: Session, name: str, until: datetime) -> None:
    """Leave a feed alone until a day.

    \b
    Example:
      feedhub feed pause kubernetes-blog --until 2019-12-24
    """
    if until <= session.now:
        raise UsageError("--until is a day that lies ahead")
    feeds.pause(session.db, state_of(session, name).number, until)
    tell_health(session, session.hub)
    hint(f"{name} is not visited before {moment(until, session.hub.newsletter.timezone)}")


@feed_command.command("resume")
@_NAME
@click.pass_obj
def resume_command(session: Session, name: str) -> None:
    """Visit a feed again at the next poll.

    For one that is paused, that failed, or whose server said that it is gone (410).

    \b
    Example:
      feedhub feed resume kubernetes-blog
    """
    feeds.resume(session.db, state_of(session, name).number)
    tell_health(session, session.hub)
    hint(f"{name} is visited at the next poll")


@feed_command.command("move")
@_NAME
@click.pass_obj
def move_command(session: Session, name: str) -> None:
    """Accept the address that a feed has moved to.

    It is written into feeds.yaml; the history of the feed stays.

    \b
    Example:
      feedhub feed move kubernetes-blog
    """
    from feedhub.config import editing

    state = state_of(session, name)
    if not state.proposed_url:
        raise UsageError(f"{name} has not moved, as far as polls have seen; to look now: feedhub feed check {name}")
    listed = Listed(session)
    # What feeds.yaml has in the clear has a name only while it is read; written down, it needs one that is kept.
    proposed = state.proposed_url
    clear = [named for named in secrets.names_in(proposed) if named in session.hub.secrets]
    for named in clear:
        proposed = proposed.replace(f"${named}", session.hub.secrets[named])
    url, found = listed.tucked(proposed, name)
    twin = listed.twin(url)
    if twin not in (None, name):
        raise UsageError(f"{shown(url)} is listed already, as {twin}; remove one of them")
    if found:
        secrets.keep(secrets_path(session), found)
    rewrite(session, partial(editing.with_address, name=name, url=url))
    hint(f"{name} is at {shown(url)} now; it was at {shown(state.feed.url)}")


@feed_command.command("ack")
@_NAME
@click.option("--backlog", is_flag=True, help="Of a feed that is held: put what waits of it into the backlog.")
@click.pass_obj
def ack_command(session: Session, name: str, backlog: bool) -> None:
    """Take note of a feed's trouble.

    What is wrong with it now is not reported again. A feed that is held because it replaced most of what it said goes
    on: what waits of it comes to the desk, or into the backlog.

    \b
    Example:
      feedhub feed ack kubernetes-blog
    """
    state = state_of(session, name)
    feeds.acknowledge(session.db, state.number, session.now)
    if state.held_since:
        waited = feeds.release(session.db, state.number, session.now, backlog=backlog)
        hint(f"{waited} stories that waited are {'backlog' if backlog else 'on the desk'} now")
    tell_health(session, session.hub)
    hint(f"what is wrong with {name} by now is not reported again")


for _command in (add_command, import_command, export_command):
    feed_command.add_command(_command)


def _listed_json(state: FeedState, counts: dict[str, int]) -> dict[str, Any]:
    stands = {"state": state.state, "url": shown(state.address), "title": state.title, "home": state.home}
    feed = state.feed
    said = {"name": feed.name, "section": feed.section, "tags": list(feed.tags), "backlog": feed.backlog}
    return {**said, **stands, "stories": counts.get(state.feed.name, 0)}


def _say_checked(one: checking.Checked, session: Session) -> None:
    zone = session.hub.newsletter.timezone
    rows = [(one.feed.name, found.kind, found.says) for found in one.findings]
    if one.seen and not rows:
        rows = [(one.feed.name, "ok", f"{one.seen.entries} entries, the newest {day(one.seen.newest, zone)}")]
    table(rows, (24, 9))


def _checked_json(one: checking.Checked) -> dict[str, Any]:
    seen = one.seen
    return {
        "name": one.feed.name,
        "verdict": one.verdict,
        "findings": [
            {"kind": found.kind, "says": found.says, "url": found.address and shown(found.address)}
            for found in one.findings
        ],
        "entries": seen.entries if seen else None,
        "newest": seen.newest if seen else None,
        "a_week": round(seen.a_week, 2) if seen else None,
    }
