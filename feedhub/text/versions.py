"""Versions, as projects write them into their tags: of what one is, its numbers, and whether it is finished."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

_RELEASE = re.compile(
    r"https?://[^/]+/(?P<repository>[^/?#]+/[^?#]+?)/(?:-/)?(?:releases/tag|releases|tags)/(?!latest$)(?P<tag>[^?#]+)"
)

# The first of these that a tag has: a day (2019-12-10), numbers with dots or low lines (1.17.0, 12_1), one number (v3).
_NUMBERS = tuple(
    re.compile(rf"(?:^|(?<=[-/_@. ]))[vV]?(?P<numbers>{numbers})(?![\d])(?P<rest>.*)$", re.DOTALL)
    for numbers in (r"\d{4}-\d\d-\d\d", r"\d{1,9}(?:[._]\d{1,9})+", r"\d{1,9}")
)
_UNFINISHED = re.compile(
    r"""(?:^|[-._~+/ ])(?:alpha|beta|rc|cr|pre|prerelease|preview|dev|develop|nightly|snapshot|canary|edge|unstable
    |experimental|milestone|eap|insiders?|continuous|latest|tip|next|m(?=\d))(?![a-z])|^[abc](?=\d)|^rc(?=\d)""",
    re.IGNORECASE | re.VERBOSE,
)
_PLAIN = frozenset(("", "release", "releases", "rel", "version", "ver", "r", "tag", "stable"))
"""What stands before the numbers and says nothing."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version: its numbers, three at least, and what stands before them where that tells it from other lines."""

    line: str
    numbers: tuple[int, ...]
    unfinished: bool = False
    """A pre-release: alpha, beta, a candidate, a nightly build."""

    @property
    def is_patch(self) -> bool:
        """Whether it is no first release of a minor version."""
        return any(self.numbers[2:])


def version(tag: str) -> Version | None:
    """Return what a tag says; None for one that has no version in it, and is no build of the night either.

    >>> version("kustomize/v3.5.0-rc.1")
    Version(line='kustomize', numbers=(3, 5, 0), unfinished=True)
    >>> version("e0f16a4")
    """
    found = next((match for pattern in _NUMBERS if (match := pattern.search(tag))), None)
    if found is None:
        return Version(tag.casefold(), (0, 0, 0), unfinished=True) if _UNFINISHED.match(tag) else None
    before = tag[: found.start()].strip("-/_@. ").casefold()
    digits = found["numbers"]
    # A day has no steps: every one is as great as the next.
    parts = [digits.replace("-", "")] if "-" in digits else re.split(r"[._]", digits)
    numbers = tuple(map(int, parts)) + (0,) * (3 - len(parts))
    return Version("" if before in _PLAIN else before, numbers, bool(_UNFINISHED.search(f"{before}{found['rest']}")))


def release_at(link: str | None) -> tuple[str, str] | None:
    """Return the repository and the tag whose release a page is; None for any other page.

    >>> release_at("https://github.com/kubernetes-sigs/kustomize/releases/tag/kustomize%2Fv3.5.0")
    ('kubernetes-sigs/kustomize', 'kustomize/v3.5.0')
    """
    found = _RELEASE.match(link or "")
    return (found["repository"].casefold(), unquote(found["tag"])) if found else None


def told_as_one(links: Iterable[str | None]) -> tuple[str, ...]:
    """Return the tags, if there are several, of the releases that these pages are: the first, then the greatest first.

    Only those of what the first one is of.

    >>> told_as_one(f"https://github.com/a/b/releases/tag/{tag}" for tag in ("v1.17.0", "v1.15.7", "v1.16.4"))
    ('v1.17.0', 'v1.16.4', 'v1.15.7')
    """
    pages = tuple(links)
    found: dict[tuple[str, str], Version] = {}
    for release in map(release_at, pages if len(pages) > 1 else ()):
        known = version(release[1]) if release else None
        if release and known:
            found.setdefault(release, known)
    if len(found) < 2:
        return ()
    (lead, of), *_ = found.items()
    others = [one for one, its in found.items() if one != lead and (one[0], its.line) == (lead[0], of.line)]
    others.sort(key=lambda one: found[one].numbers, reverse=True)
    return (lead[1], *(tag for _, tag in others)) if others else ()
