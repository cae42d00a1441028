"""Who may be visited still in a poll: those who asked for patience are not, nor is anybody when its time is over."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from feedhub.model.feed import FeedState, NoResponse, Request, Response
from feedhub.rules import freshness
from feedhub.text.addresses import host_of

_MANY_ON_ONE_HOST = 8


class Hosts:
    """Who may be visited still in this poll.

    A host that asks for patience means the visitor where it has many of our feeds, and the feed where it has a few.
    GitHub always means the visitor, and counts searches by themselves.
    """

    def __init__(self, states: Sequence[FeedState], seconds: float) -> None:
        self._feeds = Counter(host_of(state.address) for state in states)
        self._held: set[tuple[str, str]] = set()
        self._seconds = seconds
        self._began: float | None = None

    @property
    def elapsed(self) -> float:
        """The seconds since the first visit began."""
        return time.monotonic() - self._began if self._began is not None else 0.0

    def may_start(self, asked: Sequence[tuple[str, Request]]) -> Callable[[int], bool]:
        """Return what tells whether there is time for a visit, and whether its host has had enough of us."""
        groups = [_group(kind, request) for kind, request in asked]

        def may_start(place: int) -> bool:
            self._began = time.monotonic() if self._began is None else self._began
            return self.elapsed < self._seconds and groups[place] not in self._held

        return may_start

    def heard(self, kind: str, request: Request, response: Response | NoResponse, at: datetime) -> None:
        """Take note of what a host answered."""
        if isinstance(response, NoResponse):
            return
        if kind == "github":
            is_busy = freshness.used_up(response.headers, at) is not None or response.status in (403, 429)
        else:
            is_many = self._feeds[host_of(request.url)] >= _MANY_ON_ONE_HOST
            is_busy = is_many and response.status == 429
        if is_busy and freshness.retry_after(response.status, response.headers, at) is not None:
            self._held.add(_group(kind, request))


def _group(kind: str, request: Request) -> tuple[str, str]:
    return host_of(request.url), "search" if kind == "github" and "/search/" in request.url else ""
