"""Which story a new entry goes into, by the keys that define it, and which entry of a story leads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from feedhub.model.feed import FeedState
from feedhub.model.matching import Candidate, Joining, New, Told
from feedhub.text.addresses import host_of, is_web


def joining(new: New, feed: FeedState, candidates: Iterable[Candidate]) -> Joining | None:
    """Return the story that an entry goes into, of those that are told under its keys already; None for one of its own.

    A link is shared only between feeds: in one feed several entries may lead to one page. If several stories have its
    keys, they are one, and go into the earliest: by themselves those that no editor touched.
    """
    found: dict[int, Candidate] = {}
    for one in candidates:
        if not (one.own and is_web(one.key)):
            found.setdefault(one.story, one)
    if not found:
        return None
    first, *others = _in_order(found)
    best = _best(first, others)
    return replace(_one_story(first.story, first, others), leads=leads(new.said.link, feed, best))


def bridging(told: Told, candidates: Iterable[Candidate]) -> Joining | None:
    """Return which other stories are the same as that of an entry, now that its text has changed; None when none is."""
    found = {one.story: one for one in candidates if one.story == told.story or not (one.own and is_web(one.key))}
    if not found.keys() - {told.story}:
        return None
    first, *others = _in_order(found)
    return _one_story(first.story, first, others)


def _in_order(found: Mapping[int, Candidate]) -> list[Candidate]:
    """Return stories that are the same, first the one whose number stays: one in an issue, else the earliest."""
    return [found[story] for story in sorted(found, key=lambda story: (not found[story].placed, story))]


def _one_story(story: int, first: Candidate, others: Sequence[Candidate]) -> Joining:
    """Say what becomes of stories that are the same as one."""
    best = _best(first, others)
    return Joining(
        story,
        first.key,
        led_by=None if best is first else best.story,
        absorbs=tuple(one.story for one in others if not one.touched),
        doubts=tuple(one.story for one in others if one.touched),
    )


def _best(first: Candidate, others: Sequence[Candidate]) -> Candidate:
    """Return the story whose primary entry is to lead when these are one."""
    if first.placed or is_at_source(first.link, first.feed, first.home):
        return first
    absorbed = (one for one in others if not one.touched and is_at_source(one.link, one.feed, one.home))
    return next(absorbed, first)


def leads(link: str | None, feed: FeedState, of: Candidate) -> bool:
    """Tell whether an entry is to be the primary one of a story in place of the one that is.

    Who made the news goes before who reports on it; of equals who said it first, and at one time the feed that
    feeds.yaml lists first. In an issue nothing changes under the editors' hands.
    """
    if of.placed:
        return False
    ours = is_at_source(link, feed.feed.url, feed.home)
    theirs = is_at_source(of.link, of.feed, of.home)
    if ours != theirs:
        return ours
    return of.is_new and feed.position < of.position


def is_at_source(link: str | None, url: str, home: str | None) -> bool:
    """Tell whether a feed leads to its publisher's own page: on the same site, at GitHub of the same owner.

    >>> is_at_source("https://kubernetes.io/blog/x", "https://kubernetes.io/feed.xml", None)
    True
    >>> is_at_source("https://github.com/a/x/pull/1", "https://github.com/b/x/commits.atom", None)
    False
    """
    return link is not None and any(_is_one_site(_site(link), _site(own)) for own in (url, home) if own)


_SHARED = {"github.com": 1, "gitlab.com": 1, "medium.com": 1, "youtube.com": 0}
"""Hosts on which everybody has pages, and how many parts of the path tell whose they are."""


def _is_one_site(one: str, other: str) -> bool:
    return one == other != "" or one.endswith(f".{other}") or other.endswith(f".{one}")


def _site(address: str) -> str:
    host = host_of(address).removeprefix("www.").removeprefix("api.")
    owners: Sequence[str] = address.partition("://")[2].split("/")[1 : 1 + _SHARED.get(host, 0)]
    return "/".join([host, *owners]).lower()
