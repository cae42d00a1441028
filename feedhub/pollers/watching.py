"""Looking again at what published issues cite, and at what editors wait for: a few visits a poll, by the same door.

A visit that failed is no finding. Nothing is decided here (rules.watching).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from feedhub.model.feed import Failed, NoResponse, Request, Response, Validators
from feedhub.model.hub import Hub
from feedhub.model.page import Article
from feedhub.model.watching import Cited, Finding, Follow, Missing, Moved, Same, Shown, Sight, Target
from feedhub.pollers.adding import refused
from feedhub.pollers.feeds import Visit
from feedhub.pollers.readers import Readers
from feedhub.pollers.recording import Done
from feedhub.reading import cited, walls
from feedhub.rules import watching
from feedhub.store import follows, watches
from feedhub.store.connection import Database, writing
from feedhub.text import references
from feedhub.text.addresses import host_of
from feedhub.text.links import is_front_page, page
from feedhub.text.markup import links_in

MOST_VISITS = 30
"""In one poll: hourly, 5,000 a week."""
_FILES = re.compile(
    r"\.(?:zip|tar|t?gz|bz2|xz|zst|iso|dmg|exe|msi|deb|rpm|mp[34]|m4[av]|mov|webm|png|jpe?g|gif|svg)$", re.I
)
"""What is no page: to look whether it changed would cost whoever serves it megabytes a week."""
_LONGEST = 100_000
_PATIENCE = 1.0
_BUSY = (403, 429, 503)


@dataclass(frozen=True, slots=True)
class Returned:
    """A story that is back at the desk, since what somebody waited for has come."""

    follow: Follow
    why: str


def watch(
    db: Database, hub: Hub, done: Sequence[Done], visit: Visit | None, now: datetime
) -> Iterator[Finding | Returned]:
    """Look at what is due, and at what the polls that were done mean for published issues; yield what there is to tell.

    Without a way out nothing is visited. `again.is_due` tells whether there is any need to.
    """
    _cite(db, now)
    yield from _altered(db, [one.after.number for one in done if one.counts.changed or one.counts.gone], now)
    if visit is not None:
        yield from _visited(db, hub, visit, now)
    yield from _came(db, hub, now)


def _cite(db: Database, now: datetime) -> None:
    """Take note of what issues cite that were published since."""
    items = watches.uncited(db)
    if not items:
        return
    prepared = [
        (item, [(key, url, watching.first_visit(key, item.published, now)) for key, url in _cited(item).items()])
        for item in items
    ]
    with writing(db):
        for item, targets in prepared:
            watches.cite(db, item, targets)


def _cited(item: Cited) -> dict[str, str]:
    """Return the keys of what an item cites, and where they lead; what has a source of its own goes by that."""
    links = [link for text in item.texts for link in links_in(text)]
    keys = {page(link): link for link in links} | dict(item.keys)
    keys |= dict.fromkeys(key for text in item.texts for key in references.in_text(text, None))
    found = {}
    for key, link in keys.items():
        source = cited.at_source(key) if key else None
        if source:
            found[source] = cited.address(source)
        elif key and link and not is_front_page(key) and not _FILES.search(key):
            found[key] = link
    return found


def _altered(db: Database, feeds: Sequence[int], now: datetime) -> Iterator[Finding]:
    """Yield what feeds changed or took back of what was published."""
    moved = watches.altered(db, feeds) if feeds else []
    if not moved:
        return
    found = [(one, what) for one in moved if (what := watching.altered(one)) is not None]
    with writing(db):
        rows = [watches.tell_altered(db, one, what, now) for one, what in found]
    yield from (watches.finding(db, row) for row in rows if row is not None)


def _visited(db: Database, hub: Hub, visit: Visit, now: datetime) -> Iterator[Finding]:
    """Visit what is due, and yield what is otherwise than it was."""
    targets = watches.due(db, now, MOST_VISITS)
    if not targets:
        return
    rows: list[int] = []
    sights = list(_sights(hub, targets, visit))
    with writing(db):
        for target, sight in sights:
            if isinstance(sight, Failed):
                watches.record(db, target, watching.next_visit(target, now))
                continue
            found, after = watching.seen(target, sight, now)
            watches.record(db, after, watching.next_visit(after, now))
            rows += watches.tell(db, target, found, now) if found else []
    yield from (watches.finding(db, row) for row in rows)


def _sights(hub: Hub, targets: Sequence[Target], visit: Visit) -> Iterator[tuple[Target, Sight | Failed]]:
    """Yield what came of each visit; a host that has had enough of us is asked nothing more in this poll."""
    network = hub.network
    requests = [cited.first(target, network.github, network.github_token) for target in targets]
    held: set[str] = set()
    with Readers[Target](most=1) as readers:
        for answer in visit(requests, lambda place: host_of(requests[place].url) not in held):
            if answer is not None:
                place, response = answer
                held.update(_had_enough(requests[place], response))
                yield from _at_once(readers, targets[place], requests[place], response)
            yield from _read(readers, 0.0)
        while readers:
            yield from _read(readers, _PATIENCE)


def _had_enough(request: Request, response: Response | NoResponse) -> set[str]:
    """Return the host of an answer that asks for patience."""
    is_busy = isinstance(response, Response) and response.status in _BUSY
    return {host_of(request.url)} if is_busy else set()


def _at_once(
    readers: Readers[Target], target: Target, request: Request, response: Response | NoResponse
) -> Iterator[tuple[Target, Sight | Failed]]:
    """Yield what an answer shows by its head, or have its body read."""
    sight = _sight(target, request, response)
    if sight is not None:
        yield target, sight
    elif isinstance(response, Response):
        kept = replace(target, validators=_validators(response))
        readers.read(kept, response, "article" if "://" in target.key else "cited")


def _sight(target: Target, request: Request, response: Response | NoResponse) -> Sight | Failed | None:
    """Return what an answer shows as far as its head tells; None: its body must be read."""
    if isinstance(response, NoResponse):
        return Failed(response.reason)
    if response.status in (404, 410):
        return Missing()
    if response.status == 304:
        return Same()
    is_page = "://" in target.key
    trouble = refused(request.url, response) if is_page or response.status != 200 else None
    if is_page and response.moved_to and watching.leads_elsewhere(target, response.moved_to):
        is_there = response.status == 200 and not (trouble or "").startswith("a login")
        return Moved(response.moved_to) if is_there else Failed(trouble or "")
    return Failed(trouble) if trouble else None


def _read(readers: Readers[Target], patience: float) -> Iterator[tuple[Target, Sight | Failed]]:
    for target, outcome in readers.ready(patience):
        if isinstance(outcome, Failed):
            yield target, Missing() if outcome.reason == walls.DELETED else outcome
        else:
            state = "cancelled" if isinstance(outcome, Article) and outcome.cancelled else None
            shown = Shown(outcome.text, state) if isinstance(outcome, Article) else outcome
            yield target, replace(shown, text=shown.text[:_LONGEST])


def _validators(response: Response) -> Validators:
    return Validators(response.headers.get("etag"), response.headers.get("last-modified"))


def _came(db: Database, hub: Hub, now: datetime) -> Iterator[Returned]:
    """Yield the stories that come back to the desk, since what somebody waited for has come."""
    waiting = follows.waiting(db)
    if not waiting:
        return
    from feedhub.reading import cited

    today = now.astimezone(hub.newsletter.timezone).date()
    for follow in waiting:
        sources = [source for key in follows.keys_of(db, follow.story) if (source := cited.at_source(key))]
        news = follows.news_of(db, follow.story, follow.at)
        why = watching.has_come(follow.until, watches.by_key(db, sources), news, today)
        if why:
            with writing(db):
                follows.end(db, follow, why, now)
                covered = follows.last_covered(db, follow.story)
                last = f"; last covered in {covered}" if covered else ""
                follows.recall(db, follow.story, f"followed: {why}{last}", now)
            yield Returned(follow, why)
