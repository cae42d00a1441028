"""poll: visiting the feeds that are due."""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from feedhub.cli.output import hint, say, say_json
from feedhub.cli.session import Session
from feedhub.cli.way_out import way_out
from feedhub.model.feed import Failed, FeedState, Gone
from feedhub.model.hub import Hub
from feedhub.model.written import time_text
from feedhub.pollers import again, renewing
from feedhub.pollers import feeds as pollers
from feedhub.pollers.recording import Done
from feedhub.rules import freshness, health
from feedhub.text.addresses import shown

_MOST_SPREAD = 3600


class Seconds(click.ParamType[float]):
    """A time such as 60s or 10m."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        found = re.fullmatch(r"(\d{1,5})([sm])", str(value))
        seconds = int(found[1]) * {"s": 1, "m": 60}[found[2]] if found else _MOST_SPREAD + 1
        if seconds > _MOST_SPREAD:
            self.fail(f"{value!r} is no time up to an hour; write one such as 60s or 10m", param, ctx)
        return float(seconds)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a poll is to be reported."""

    as_json: bool
    quiet: bool
    verbose: bool
    named: bool
    stays_home: bool
    """Only feeds are visited, not what was published or is followed."""


@click.command("poll")
@click.option("--feed", "names", multiple=True, metavar="NAME", help="Only this feed; may stand several times.")
@click.option("--force", is_flag=True, help="Ignore the schedule; a server's Retry-After and 410 still count.")
@click.option("--quiet", is_flag=True, help="For cron: speak, and exit 1, only of trouble that is new or a week old.")
@click.option("--spread", type=Seconds(), default="0s", metavar="60s", help="Start each feed at its own moment.")
@click.option("--no-watch", is_flag=True, help="Do not look again at what was published and what is followed.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), help="Write figures for Prometheus.")
@click.option("--json", "as_json", is_flag=True, help="One object per feed visited, then a summary.")
@click.pass_obj
def poll_command(
    session: Session,
    names: tuple[str, ...],
    force: bool,
    quiet: bool,
    spread: float,
    no_watch: bool,
    metrics: Path | None,
    as_json: bool,
) -> None:
    """Visit the feeds that are due and store what they say.

    Prints a line for each feed with news or trouble; exit 1 when a feed failed. Looks again at some of what published
    issues cite and of what is followed, too.

    \b
    Example, for cron:
      7 * * * *  feedhub --hub /srv/weekly poll --quiet --spread 60s
    """
    began = time.monotonic()
    db, hub, now = session.db, session.hub, session.now  # Opening the database may migrate it, under the same lock.
    wanted = Wanted(as_json, quiet, session.verbose, bool(names), bool(names) or no_watch)
    with pollers.polling(session.database):
        renewing.renew(db)
        states = pollers.known(db, hub, now)
        due = pollers.due(states, now, names, force=force, spread=spread)
        _hint_others(states, due, now, names)
        found = pollers.poll(db, hub, due, way_out(session), now, spread=spread)
        done = _report(_with_progress(found, len(due)), wanted)
        after = {one.after.number: one.after for one in done}
        states = tuple(after.get(state.number, state) for state in states)
        found_again = _watch(session, done, wanted)
        _write_health(session, states, done)
    if metrics:
        _write_metrics(metrics, session, states, done, time.monotonic() - began)
    _summary(hub, done, len(due), wanted, found_again)
    if any(map(_is_worth_saying if quiet else _is_trouble, done)):
        click.get_current_context().exit(1)


def _watch(session: Session, done: Sequence[Done], wanted: Wanted) -> int:
    """Look again at what was published and what is followed, say what there is to tell, and return how much it was."""
    if not again.is_due(session.db, session.hub, done, session.now):
        return 0
    from feedhub.cli import findings  # All of this is nothing that a quiet poll needs.
    from feedhub.pollers import watching

    way = None if wanted.stays_home else way_out(session)
    told = 0
    for one in watching.watch(session.db, session.hub, way, session.now):
        told += 1
        if wanted.as_json or not wanted.quiet:
            findings.report(one, as_json=wanted.as_json)
    return told


def _is_trouble(one: Done) -> bool:
    return isinstance(one.poll.outcome, Failed | Gone)


def _is_worth_saying(one: Done) -> bool:
    """Tell whether somebody who reads cron's mail should hear of a feed now: its trouble is new, or a week older."""
    found = health.troubles(one.after, one.poll.at)
    serious = [trouble for trouble in found if trouble.kind != "stale"]
    return any(health.is_news(trouble, one.poll.feed.checked, one.poll.at) for trouble in serious)


def _write_health(session: Session, states: Sequence[FeedState], done: Sequence[Done]) -> None:
    """Write health.atom, unless it would say what it says already: of the feeds that are listed now."""
    listed = (session.folder / "feeds.yaml").stat().st_mtime
    is_ours = session.health.exists() and session.health.stat().st_mtime >= listed
    if is_ours and not any(map(_is_otherwise, done)):
        return
    from feedhub.publisher import health as health_feed

    health_feed.write(session.hub, states, session.health, session.now)


def _is_otherwise(one: Done) -> bool:
    """Tell whether health.atom has something else to say of a feed than before."""
    before = one.poll.feed
    return health.troubles(before, before.checked or one.poll.at) != health.troubles(one.after, one.poll.at)


def _report(found: Iterable[Done], wanted: Wanted) -> list[Done]:
    done = []
    for one in found:
        done.append(one)
        if wanted.as_json:
            say_json(_done_json(one))
        elif not wanted.quiet or _is_worth_saying(one):
            _say_done(one)
        if wanted.verbose:
            _say_schedule(one)
    return done


def _say_schedule(one: Done) -> None:
    """Say what came of a visit in the words of the record, and when the next one is."""
    outcome, state = type(one.poll.outcome).__name__.lower(), one.after
    again = time_text(state.poll_after) if state.poll_after and not state.gone_since else "never"
    hint(f"{state.feed.name}: {outcome}, {shown(state.address)}, next at {again}")


def _say_done(one: Done) -> None:
    name, counts = one.poll.feed.feed.name, one.counts
    if isinstance(one.poll.outcome, Failed):
        hint(f"{name}: {one.poll.outcome.reason}")
    elif isinstance(one.poll.outcome, Gone):
        hint(f"{name}: gone for good (410); it is not polled any more, its stories are kept")
    elif counts.new or counts.changed:
        plain = counts.new - counts.backlog - counts.hidden
        said = [(plain, "new"), (counts.backlog, "backlog"), (counts.hidden, "hidden"), (counts.changed, "changed")]
        say(f"{name}: {', '.join(f'{number} {what}' for number, what in said if number)}")
    for trouble in health.troubles(one.after, one.poll.at):
        if (trouble.kind == "moved" and one.poll.moved_to) or (
            trouble.kind in ("gap", "held") and trouble.since == one.poll.at
        ):
            hint(f"{name}: {trouble.says}")


def _done_json(one: Done) -> dict[str, Any]:
    outcome = one.poll.outcome
    return {
        "name": one.poll.feed.feed.name,
        "outcome": type(outcome).__name__.lower(),
        "new": one.counts.new,
        "backlog": one.counts.backlog,
        "hidden": one.counts.hidden,
        "changed": one.counts.changed,
        "gone": one.counts.gone,
        "error": outcome.reason if isinstance(outcome, Failed) else None,
        "gap": one.after.gap_since == one.poll.at,
    }


def _counts(done: Sequence[Done]) -> dict[str, int]:
    names = ("new", "backlog", "hidden", "changed", "gone")
    return {name: sum(getattr(one.counts, name) for one in done) for name in names}


def _summary(hub: Hub, done: list[Done], due: int, wanted: Wanted, found_again: int) -> None:
    failed, counts = sum(map(_is_trouble, done)), _counts(done)
    skipped = due - len(done)
    if wanted.as_json:
        counted = {"feeds": len(done), "failed": failed, "skipped": skipped, **counts, "watch": found_again}
        say_json({"summary": True, **counted})
        return
    if wanted.quiet:
        return
    if skipped:
        why = "their host asked for patience meanwhile, or the poll took as long as network.poll_deadline lets it"
        hint(f"{skipped} feeds were left for the next poll: {why}")
    if found_again:
        hint(f"{found_again} of what was published or is followed is otherwise now; see: feedhub watch, feedhub list")
    if done:
        news = (
            f"{counts['new'] - counts['backlog'] - counts['hidden']} new, {counts['changed']} changed, {failed} failed"
        )
        kept = f"; {counts['backlog']} older ones are backlog: feedhub list --backlog" if counts["backlog"] else ""
        hint(f"{len(done)} of {len(hub.feeds)} feeds visited: {news}{kept}")
    elif not hub.feeds:
        hint("no feeds are listed yet; add one with: feedhub feed add URL")
    elif not due and not wanted.named:
        hint("no feed is due yet; feedhub status says when, and poll --force goes now")


def _write_metrics(
    path: Path, session: Session, states: Sequence[FeedState], done: Sequence[Done], seconds: float
) -> None:
    from feedhub.publisher import files
    from feedhub.rendering import metrics  # 0.1 s

    outcomes = Counter(type(one.poll.outcome).__name__.lower() for one in done)
    figures = metrics.render(states, {**_counts(done), "duration_seconds": seconds}, outcomes, session.now)
    files.place(path.absolute().parent, path.name, figures)


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


def _hint_others(states: Sequence[FeedState], due: Sequence[FeedState], now: datetime, names: Sequence[str]) -> None:
    """Say what is not visited although somebody may expect it."""
    for state in states:
        if state.feed.name in names and freshness.is_held(state, now):
            hint(f"{state.feed.name} is {state.state}; feedhub feed resume {state.feed.name} ends that")
        elif state.feed.name in names and state not in due:
            hint(f"{state.feed.name} is not due yet; --force goes now")
