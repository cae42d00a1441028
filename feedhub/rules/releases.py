"""Which releases of a feed count, and which are told as one: by their versions, never by what their notes promise."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from feedhub.model.feed import Releases
from feedhub.model.ruling import Part
from feedhub.text.versions import Version, release_at, version

_STEPS = ("major", "minor", "patch")
_NO_NOTES = re.compile(r"(?:<[^>]*>|\s)*(?:No content\.?)?(?:<[^>]*>|\s)*", re.IGNORECASE)
"""What GitHub's releases.atom has in place of the notes of a tag that is no release."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release that a feed told of; `repository` is the feed itself where nothing says of what it is a release."""

    part: Part
    repository: str
    tag: str
    version: Version
    is_bare: bool
    """A tag and no more: nobody wrote notes, and GitHub does not say that it is a release."""
    is_unfinished: bool

    @property
    def line(self) -> tuple[str, str]:
        """What it is a version of: the tags of one repository may be of several things."""
        return (self.repository, self.version.line)


@dataclass(frozen=True, slots=True)
class Collapse:
    """A release that is told together with a greater one of its week."""

    release: Release
    greatest: Release

    @property
    def matched(self) -> str:
        """What makes it so, for `why`."""
        return f"{self.release.tag}, a patch in the week of {self.greatest.tag}"


def read(parts: Iterable[Part]) -> tuple[Release, ...]:
    """Return the releases among what a feed told."""
    return tuple(release for part in parts if (release := _release(part)))


def _release(part: Part) -> Release | None:
    """Read a release from its page, else from its title, where there is a version in it."""
    repository, tag = release_at(part.said.link) or (part.feed, (part.said.title or "").strip())
    found = version(tag)
    if found is None:
        return None
    entry = part.said.entry
    unfinished = found.unfinished or entry.status == "prerelease"
    is_bare = entry.status is None and _NO_NOTES.fullmatch(entry.text) is not None
    return Release(part, repository, tag, found, is_bare, unfinished)


def uncounted(release: Release, known: Sequence[Release], wanted: Releases) -> str | None:
    """Return why a release does not count, or None for one that does; `known` are those that were told before it.

    Where nobody writes notes at all, a tag is a release.
    """
    if release.is_unfinished and not wanted.prerelease:
        return f"{release.tag} is a pre-release"
    if release.is_bare and any(not other.is_bare for other in known if other.repository == release.repository):
        return f"{release.tag} is a tag without notes"
    before = [other for other in known if other.line == release.line and not (other.is_unfinished or other.is_bare)]
    if all(other.part.first_seen == release.part.first_seen for other in before):
        before = []  # Of a feed that is new we see the last few: a series that is not among them may be an old one.
    step = _step(release.version, [other.version.numbers for other in before])
    if _STEPS.index(step) > _STEPS.index(wanted.bump):
        return f"{release.tag} is a {step} release, less than {wanted.bump}"
    return None


def _step(of: Version, known: Sequence[tuple[int, ...]]) -> str:
    """Return by how much a version goes beyond the greatest one known, or, of an older series, beyond its own."""
    greatest = max(known, default=None)
    if greatest is None or of.numbers < greatest:
        return "patch" if of.is_patch else "minor" if of.numbers[1] else "major"
    return "major" if of.numbers[0] > greatest[0] else "minor" if of.numbers[1] > greatest[1] else "patch"


def in_order(releases: Iterable[Release]) -> list[Release]:
    """Return releases as they came out: by their dates, and by their versions where these are equal or missing."""
    return sorted(
        releases,
        key=lambda one: (one.part.said.published or one.part.said.updated or one.part.first_seen, one.version.numbers),
    )


def collapsed(told: Iterable[int], releases: Sequence[Release], wanted: Releases, since: datetime) -> list[Collapse]:
    """Return which patches of the week that began at `since` are told together with the greatest release of their line.

    Only those that are new to each other: one of the two was just told (`told` are entries).
    """
    if wanted.collapse != "patch":
        return []
    told = frozenset(told)
    lines: dict[tuple[str, str], list[Release]] = {}
    for one in releases:
        if one.part.first_seen >= since and not (one.part.backlog or one.is_bare or one.is_unfinished):
            lines.setdefault(one.line, []).append(one)
    found = []
    for line in lines.values():
        greatest = max(line, key=lambda one: one.version.numbers)
        found += [
            Collapse(one, greatest)
            for one in sorted(line, key=lambda one: one.version.numbers, reverse=True)
            if one.version.is_patch and one is not greatest and told & {one.part.entry, greatest.part.entry}
        ]
    return found
