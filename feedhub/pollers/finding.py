"""Looking at addresses without storing anything: whether there is a feed, or where else the site has one."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

from feedhub.model.document import Document
from feedhub.model.feed import Failed, Feed, FeedState, Fetched, Gone, NoResponse, Request, Response
from feedhub.pollers.feeds import Visit, without_body
from feedhub.pollers.readers import Readers
from feedhub.reading import discovery, sources
from feedhub.reading import feeds as reading

MOST_VISITS = 10
"""How often we knock at a site's doors for its feed."""
_PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Look:
    """A visit of which nothing is kept: its place among those asked for, what came, and what it means."""

    place: int
    response: Response | NoResponse
    outcome: Fetched | Gone | Failed


@dataclass(frozen=True, slots=True)
class Found:
    """A feed: where it is for good, where it was read in the end, and what it says."""

    url: str
    read_at: str
    document: Document

    @property
    def kind(self) -> str:
        """What feeds.yaml calls such a source."""
        return "ical" if self.document.format == "ical" else "feed"


@dataclass(frozen=True, slots=True)
class NotFound:
    """There is no feed: why not at the address itself, and what came of every other that was tried."""

    reason: str
    tried: tuple[tuple[str, str], ...] = ()


def look(wanted: Sequence[tuple[str, Request]], visit: Visit, readers: Readers[tuple[int, Response]]) -> Iterator[Look]:
    """Ask for what may be sources and read what they say, each as its kind; as "", as the kind that it looks like."""
    for answer in visit([request for _, request in wanted], lambda _: True):
        if answer is not None:
            place, response = answer
            kind = wanted[place][0]
            outcome = without_body(response, kind)
            if outcome:
                yield Look(place, response, outcome)
            elif isinstance(response, Response):
                readers.read((place, response), response, kind or sources.kind_of(response.body))
        yield from _ready(readers, 0.0)
    while readers:
        yield from _ready(readers, _PATIENCE)


def find(address: str, visit: Visit) -> Found | NotFound:
    """Find the feed at an address, or that of the site which the address belongs to: one visit after the other."""
    with Readers[tuple[int, Response]]() as readers:

        def look_at(url: str) -> Look:
            (seen,) = look([("", reading.first(FeedState(0, Feed("", url))))], visit, readers)
            return seen

        return _search(address, look_at)


def _search(address: str, look_at: Callable[[str], Look]) -> Found | NotFound:
    front = urljoin(address, "/")
    tried: dict[str, str] = {}
    empty: Found | None = None
    waiting = deque([address])
    while waiting and len(tried) < MOST_VISITS:
        url = waiting.popleft()
        if url in tried:
            continue
        seen = look_at(url)
        if isinstance(seen.response, Response) and isinstance(seen.outcome, Fetched):
            found = Found(seen.response.moved_to or url, seen.response.url or url, seen.outcome.document)
            if seen.outcome.document.entries or not tried:
                return found
            empty = empty or found
        tried[url] = _reason(seen.outcome)
        if url in (address, front):
            waiting.extend(_leads(url, front, seen.response))
    return empty or NotFound(tried[address], tuple(tried.items())[1:])


def _leads(url: str, front: str, response: Response | NoResponse) -> tuple[str, ...]:
    """Return where to look next: a page names its feed; where there is nothing, the site's front page may."""
    if isinstance(response, NoResponse):
        return ()
    if response.status == 200:
        return discovery.candidates(response.body, response.url or url)
    return (*discovery.of_site(url), front)


def _ready(readers: Readers[tuple[int, Response]], patience: float) -> Iterator[Look]:
    for (place, response), outcome in readers.ready(patience):
        yield Look(place, response, outcome)


def _reason(outcome: Fetched | Gone | Failed) -> str:
    match outcome:
        case Failed(reason):
            return reason
        case Gone():
            return "gone for good (410)"
        case Fetched():
            return "a feed without entries"
