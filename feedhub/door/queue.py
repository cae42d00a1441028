"""What is to be asked still, and when: at most so many visits to a host at a time, and a moment between two starts."""

import heapq
import itertools
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator

from feedhub.model.feed import Request
from feedhub.text.addresses import host_of

BETWEEN_STARTS = 0.1
"""Seconds between two starts on one host."""
TICK = 0.05
"""Seconds after which it is worth looking again at the latest."""


class Queue:
    """Requests by their host, each with the place that it had among all."""

    def __init__(self, requests: Iterable[Request], per_host: int, may_start: Callable[[int], bool]) -> None:
        self._per_host = per_host
        self._may_start = may_start
        self._hosts: dict[str, deque[tuple[int, Request]]] = {}
        self._busy: Counter[str] = Counter()
        self._host: dict[int, str] = {}
        self._order = itertools.count()
        self._began = time.monotonic()
        for place, request in sorted(enumerate(requests), key=lambda pair: pair[1].after):
            self._host[place] = host_of(request.url)
            self._hosts.setdefault(self._host[place], deque()).append((place, request))
        self._next = [(self._due(host, 0.0), next(self._order), host) for host in self._hosts]
        heapq.heapify(self._next)

    def __bool__(self) -> bool:
        return bool(self._hosts)

    def ready(self, most: int) -> Iterator[tuple[int, Request]]:
        """Take at most so many that may start now."""
        waiting = []
        now = time.monotonic()
        while most > 0 and self._next and self._next[0][0] <= now:
            _, order, host = heapq.heappop(self._next)
            if self._busy[host] >= self._per_host:
                waiting.append((now + BETWEEN_STARTS / 2, order, host))
                continue
            place, request = self._hosts[host].popleft()
            starts = self._may_start(place)
            if not self._hosts[host]:
                del self._hosts[host]
            else:
                pause = BETWEEN_STARTS if starts else 0.0
                waiting.append((self._due(host, now + pause), next(self._order), host))
            if starts:
                most -= 1
                self._busy[host] += 1
                yield place, request
        for each in waiting:
            heapq.heappush(self._next, each)

    def patience(self) -> float:
        """Return for how many seconds nothing new may start."""
        return min(TICK, max(0.001, self._next[0][0] - time.monotonic())) if self._next else TICK

    def done(self, place: int) -> None:
        """Take note that a visit has ended."""
        self._busy[self._host[place]] -= 1

    def _due(self, host: str, earliest: float) -> float:
        """Return when the next request to a host may start."""
        return max(earliest, self._began + self._hosts[host][0][1].after)
