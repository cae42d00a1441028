"""What a story is about, exactly: entries of different feeds that share a defining key are one story.

A key defines an entry when the entry is the thing itself, or the announcement of it: its own link or id says so, or, of
a commit, its title. What a text merely speaks of is mentioned: a cross-reference. Reverts, cherry-picks and round-ups
speak of what others are about.
"""

import re
from collections.abc import Sequence
from html import unescape

from feedhub.model.document import Entry
from feedhub.text import links, references

_MOST_MENTIONS = 50

_COMMIT = re.compile(r"https://github\.com/[^/]+/[^/]+/commit/[0-9a-f]+")
_MERGE = re.compile(r"(?:Merge pull request|Auto merge of|Rollup merge of) #([1-9]\d{0,6}) (?:from|-) ", re.ASCII)
_SQUASH = re.compile(r".*\S \(#([1-9]\d{0,6})\)", re.ASCII)
_OF_OTHERS = re.compile(r"(?:\[[^\]]*\]\s*)?(?:revert|reapply|(?:automated )?cherry[- ]?pick)", re.IGNORECASE)
_FIRST_LINE = re.compile(r"\s*<pre[^>]*>\s*([^<\n]+)")

# The Kubernetes bot publishes parts of kubernetes/kubernetes as repositories of their own (client-go, kubectl): in
# their commits, pull requests have the numbers that they have there.
_MIRRORED = re.compile(r"^Kubernetes-commit: [0-9a-f]{40}", re.MULTILINE)

_VULNERABILITY = re.compile(rf"(?:\[[^\]]{{1,40}}\]\s*)?{references.CVE.pattern}\]?\s*(?:$|[-:|,.(–—：，（])")
_CHANGE = re.compile(r"https://github\.com/[^/]+/[^/]+/(?:pull|commit|releases)/")


def page(entry: Entry) -> str | None:
    """Return the canonical link of an entry, or None when it has none that leads to a page."""
    return links.page(entry.link) if entry.link else None


def about(entry: Entry, place: str | None, *, shared: bool) -> tuple[str, ...]:
    """Return the keys by which an entry of another feed is the same story, its page first; `place` is that page.

    A link that several different entries of one document share, or that leads to a whole site, is no page of its own:
    some feeds link every entry to their front page or to a changelog.
    """
    is_own = place is not None and not shared and not links.is_front_page(place) and not _is_spoken_of(entry)
    # An event may link to what will be spoken of there.
    own = (place, *(references.of_page(place) if entry.event is None else ())) if place and is_own else ()
    named = (*_by_id(entry, own), *_by_title(entry, place))
    return (*own, *(key for key in dict.fromkeys(named) if key not in own)) if named else own


def mentioned(entry: Entry, about: Sequence[str]) -> tuple[str, ...]:
    """Return the keys that an entry speaks of beside those that it is about, in its order, fifty at most.

    A page that is not its own is among them, so that its link still finds it.
    """
    place = about[0] if about and about[0].startswith("https://") else page(entry)
    repository = _repository(entry, place) if place else None
    found = references.in_text(f"{place}\n{entry.id}\n{entry.title}\n{entry.text}", repository)
    every = (place, *found) if place and place not in about else found
    return tuple(key for key in every if key not in about)[:_MOST_MENTIONS] if every else ()


def _is_spoken_of(entry: Entry) -> bool:
    """Tell whether a link is one of an event's description, such as that to an agenda, and not the event's own page."""
    return entry.event is not None and entry.link is not None and entry.link in entry.text


def _by_id(entry: Entry, own: Sequence[str]) -> Sequence[str]:
    """Return what an entry's id says that it is: an event, a vulnerability, or a page of GitHub if its link is none."""
    if entry.id is None:
        return ()
    if entry.event is not None:
        return (f"uid:{entry.id}",)
    if references.CVE.fullmatch(entry.id):
        return references.cves(entry.id)
    place = links.page(entry.id) if "github.com/" in entry.id and len(own) < 2 else None
    return references.of_page(place) if place else ()


def _by_title(entry: Entry, place: str | None) -> Sequence[str]:
    title = (entry.title or "").strip()
    if place and _COMMIT.fullmatch(place):
        number = _pull_request(entry, title)
        return (f"{_repository(entry, place)}#{number}",) if number else ()
    if "cve" not in title.lower() or (place and _CHANGE.match(place)):
        return ()
    named = references.cves(title)
    return named if len(named) == 1 and _VULNERABILITY.match(title) else ()


def _pull_request(entry: Entry, title: str) -> str | None:
    """Return the number of the pull request that a commit is the whole of: one that was merged, or squashed into it."""
    if title.endswith(("…", "...")):
        first = _FIRST_LINE.match(entry.text)
        title = unescape(first[1]).strip() if first else title
    merged = _MERGE.match(title)
    if merged:
        return merged[1]
    if _OF_OTHERS.match(title) or "(cherry picked from commit" in entry.text:
        return None
    squashed = _SQUASH.fullmatch(title)
    return squashed[1] if squashed else None


def _repository(entry: Entry, place: str) -> str | None:
    """Return the repository whose numbers an entry speaks in."""
    if "github.com/" not in place:
        return None
    mirrored = "Kubernetes-commit: " in entry.text and _MIRRORED.search(entry.text)
    return "kubernetes/kubernetes" if mirrored else references.repository_of(place)
