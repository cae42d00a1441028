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
from feedhub.pollers.hosts import Hosts
from feedhub.pollers.readers import Readers
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


@dataclass(frozen=True, slots=True)
class Returned:
    """A story that is back at the desk, since what somebody waited for has come."""

    follow: Follow
    why: str


def watch(db: Database, hub: Hub, visit: Visit | None, now: datetime) -> Iterator[Finding | Returned]:
    """Look at what is due, and at what feeds changed of published issues; yield what there is to tell.

    Without a way out nothing is visited. `again.is_due` tells whether there is any need to.
    """
    _cite(db, now)
    yield from _altered(db, now)
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


def _altered(db: Database, now: datetime) -> Iterator[Finding]:
    """Yield what feeds changed or took back of what was published, those included whose poll came to no end."""
    if not watches.is_altered(db):
        return
    found = [(one, what) for one in watches.altered(db) if (what := watching.altered(one)) is not None]
    with writing(db):
        rows = [watches.tell_altered(db, one, what, now) for one, what in found]
        watches.forget_altered(db)
    yield from (watches.finding(db, row) for row in rows if row is not None)


def _visited(db: Database, hub: Hub, visit: Visit, now: datetime) -> Iterator[Finding]:
    """Visit what is due, and yield what is otherwise than it was."""
    targets = watches.due(db, now, MOST_VISITS)
    if not targets:
        return
    rows: list[int] = []
    asked = [_Asked(one, cited.first(one, hub.network.github, hub.network.github_token)) for one in targets]
    held = watches.held(db, now)
    sights = dict(_sights(asked, visit, held, hub.network.poll_deadline.total_seconds(), now))
    with writing(db):
        for one in asked:
            target, sight, hold = one.target, sights.get(one), held.get(one.host)
            if isinstance(sight, Failed) or (sight is None and hold):
                at = watching.next_visit(target, now) if sight else now
                watches.record(db, target, at and max(at, hold or at))
            elif sight:
                found, after = watching.seen(target, sight, now)
                watches.record(db, after, watching.next_visit(after, now))
                rows += watches.tell(db, target, found, now) if found else []
    yield from (watches.finding(db, row) for row in rows)


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    target: Target
    request: Request

    @property
    def host(self) -> str:
        return host_of(self.request.url)


def _sights(
    asked: Sequence[_Asked], visit: Visit, held: dict[str, datetime], seconds: float, now: datetime
) -> Iterator[tuple[_Asked, Sight | Failed]]:
    """Yield what came of each visit; who was not visited is left out.

    `held` has the hosts that have had enough of us, which are asked nothing, and takes those that say so meanwhile.
    """
    requests = [one.request for one in asked]
    is_time = Hosts((), seconds).may_start([("page", request) for request in requests])
    with Readers[tuple[_Asked, Validators]](most=1) as readers:
        for answer in visit(requests, lambda place: asked[place].host not in held and is_time(place)):
            if answer is not None:
                place, response = answer
                _hold(held, asked[place], response, now)
                yield from _at_once(readers, asked[place], response, now)
            yield from _read(readers, 0.0)
        while readers:
            yield from _read(readers, _PATIENCE)


def _hold(held: dict[str, datetime], one: _Asked, response: Response | NoResponse, now: datetime) -> None:
    """Take note of a host that has had enough of us, or that is silent."""
    status, headers = (response.status, response.headers) if isinstance(response, Response) else (None, {})
    until = watching.hold(status, headers, now)
    if until:
        held[one.host] = max(until, held.get(one.host, until))


def _at_once(
    readers: Readers[tuple[_Asked, Validators]], one: _Asked, response: Response | NoResponse, now: datetime
) -> Iterator[tuple[_Asked, Sight | Failed]]:
    """Yield what an answer shows by its head, or have its body read; one that was out of turn counts as none."""
    if isinstance(response, Response) and watching.is_out_of_turn(response.status, response.headers, now):
        return
    sight = _sight(one.target, one.request, response)
    if sight is not None:
        yield one, sight
    elif isinstance(response, Response):
        readers.read((one, _validators(response)), response, "article" if "://" in one.target.key else "cited")


def _sight(target: Target, request: Request, response: Response | NoResponse) -> Sight | Failed | None:
    """Return what an answer shows as far as its head tells; None: its body must be read."""
    if isinstance(response, NoResponse):
        return Failed(response.reason)
    if response.status in (404, 410):
        return Missing()
    if response.status == 304 and target.is_known:
        return Same()
    is_page = "://" in target.key
    trouble = refused(request.url, response) if is_page or response.status != 200 else None
    if is_page and response.moved_to and watching.leads_elsewhere(target, response.moved_to):
        is_there = response.status == 200 and not (trouble or "").startswith("a login")
        return Moved(response.moved_to) if is_there else Failed(trouble or "")
    return Failed(trouble) if trouble else None


def _read(readers: Readers[tuple[_Asked, Validators]], patience: float) -> Iterator[tuple[_Asked, Sight | Failed]]:
    for (one, validators), outcome in readers.ready(patience):
        if isinstance(outcome, Failed):
            yield one, Missing() if outcome.reason == walls.DELETED else outcome
        else:
            state = "cancelled" if isinstance(outcome, Article) and outcome.cancelled else None
            shown = Shown(outcome.text, state) if isinstance(outcome, Article) else outcome
            yield one, replace(shown, text=shown.text[:_LONGEST], validators=validators)


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
