"""Visits that one answer does not end: pages that follow, and what a window lost and its repository's API still has.

Pure, but for what the store knows: what was asked and answered goes in, a poll or the next thing to ask comes out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from feedhub.model.feed import Failed, FeedState, Fetched, Poll, Request, Validators
from feedhub.model.hub import Hub
from feedhub.reading import github, sources
from feedhub.rules import freshness
from feedhub.store.connection import Database
from feedhub.text.addresses import is_same_server

if TYPE_CHECKING:  # A quiet poll needs none.
    from feedhub.model.matching import Said

_PAUSE = 0.1
"""Seconds before what follows: the host was asked right now."""
_CONDITIONS = ("if-none-match", "if-modified-since")


@dataclass(frozen=True, slots=True)
class Asked:
    """A visit under way: what is asked for now and read as which kind, how it opened, what was said so far."""

    state: FeedState
    request: Request
    kind: str
    opening: Poll | None = None
    said: tuple[Fetched, ...] = ()

    @property
    def fills(self) -> bool:
        """Whether it is asked for what its feed's window has lost."""
        return self.kind != self.state.feed.kind


Beyond = Callable[[FeedState, Fetched], Request | None]
"""Returns what brings what came and went since the visit before, where there is a gap that can be filled."""
IsKnown = Callable[[FeedState, "Sequence[Said]"], list[bool]]
"""Tells of what is said whether the store knows it, each by its page."""


def next_step(asked: Asked, poll: Poll, beyond: Beyond, is_known: IsKnown) -> Poll | Asked:
    """Return the poll that an answer completes, or what is to be asked for next."""
    outcome = poll.outcome
    if asked.fills:
        return _filled(asked, poll, is_known)
    opening = asked.opening or _lasting(asked, poll)
    if not isinstance(outcome, Fetched):
        return poll if isinstance(outcome, Failed) else opening
    said = (*asked.said, outcome)
    if outcome.next and len(said) < sources.MOST_REQUESTS:
        if freshness.used_up(poll.headers, poll.at):
            return replace(poll, outcome=Failed("its server's rate limit is used up before its last page"))
        return replace(asked, request=_followed(asked.request, outcome.next), opening=opening, said=said)
    whole = joined(said)
    request = beyond(asked.state, whole)
    if request:
        return Asked(asked.state, replace(request, after=_PAUSE), "github", opening, (whole,))
    if whole.head.incomplete:  # The next answer is read, though it were the same: it may be whole.
        opening = replace(_without_validators(opening), body_hash=None)
    return replace(opening, outcome=whole, headers={**opening.headers, **freshness.limits(poll.headers)})


def unfilled(asked: Asked) -> Poll | None:
    """Return the poll of a visit that may not go on: what a window holds is good; half of some pages is nothing yet."""
    return replace(asked.opening, outcome=joined(asked.said)) if asked.fills and asked.opening else None


def joined(pages: Sequence[Fetched]) -> Fetched:
    """Return pages as one document. What is on two of them moved down while they were read, and counts once.

    Where more pages follow than are read, it is incomplete.
    """
    first, last = pages[0], pages[-1]
    once: dict[tuple[str | None, str | None, str], Said] = {}
    for page in pages:
        for told in page.said:
            once.setdefault((told.id, told.page, "" if told.id or told.page else told.title_key), told)
    said = tuple(once.values()) if len(pages) > 1 else first.said
    incomplete = last.next is not None or any(page.head.incomplete for page in pages)
    head = replace(first.head, incomplete=incomplete, partial=first.head.partial or incomplete)
    return replace(first, head=head, said=said, next=None)


def beyond(db: Database, hub: Hub, state: FeedState, fetched: Fetched) -> Request | None:
    """Return what brings the releases that came and went since the visit before; None where none are missing."""
    if state.feed.kind != "feed":
        return None
    request = github.releases(hub.network.github, state.address, hub.network.github_token)
    if request is None:
        return None
    from feedhub.rules import identity  # as in telling
    from feedhub.store import entries

    return request if identity.decide(fetched.said, entries.known(db, state, fetched.said)).gap else None


def is_known(db: Database, state: FeedState, said: "Sequence[Said]") -> list[bool]:
    """Tell of what is said whether the store knows it, each by its page."""
    from feedhub.store import entries

    pages = {old.page for old in entries.known(db, state, said)}
    return [told.page in pages for told in said]


def _filled(asked: Asked, poll: Poll, is_known: IsKnown) -> Poll | Asked:
    """Return the poll with what a page of the API has between what the window holds and what is known."""
    assert asked.opening is not None  # noqa: S101 - only what has opened is filled
    window, *_ = asked.said
    if not isinstance(poll.outcome, Fetched):  # What the window holds is good; that there is a gap is said.
        return replace(asked.opening, outcome=joined(asked.said))
    page = poll.outcome
    known = is_known(asked.state, page.said)
    here = {told.page for told in window.said}
    between = [told for told, _ in takewhile(lambda pair: not pair[1], zip(page.said, known, strict=True))]
    said = (*asked.said, replace(page, said=tuple(told for told in between if told.page not in here), next=None))
    if any(known):
        return replace(asked.opening, outcome=replace(joined(said), is_bridged=True))
    if page.next and len(said) < sources.MOST_REQUESTS and not freshness.used_up(poll.headers, poll.at):
        return replace(asked, request=_followed(asked.request, page.next), said=said)
    return replace(asked.opening, outcome=joined(said))


def _followed(before: Request, following: Request) -> Request:
    """Return the request for a further page, with what told who asked for the one before; it has no validators.

    Nor has it the token where it leads to another server: the one before was redirected there.
    """
    dropped = _CONDITIONS if is_same_server(before.url, following.url) else (*_CONDITIONS, "authorization")
    headers = tuple(pair for pair in before.headers if pair[0].lower() not in dropped)
    return Request(following.url, headers, _PAUSE)


def _lasting(asked: Asked, poll: Poll) -> Poll:
    """Return a search's poll as it is to be remembered: without validators when the next address is another one.

    Its address is ours, and follows no redirect.
    """
    state = asked.state
    if state.feed.query is None:
        return poll
    then = replace(state, checked=poll.at, poll_after=poll.at, failures=0, known_since=poll.at, news_at=poll.at)
    is_same = sources.first(then, poll.at).url == asked.request.url
    return replace(poll if is_same else _without_validators(poll), moved_to=None)


def _without_validators(poll: Poll) -> Poll:
    headers = {name: value for name, value in poll.headers.items() if name not in ("etag", "last-modified")}
    return replace(poll, feed=replace(poll.feed, validators=Validators()), headers=headers)
