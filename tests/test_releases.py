"""Releases: versions as projects write them, which of them count, and the patches of a week as one story."""

from datetime import timedelta

import pytest
from conftest import TUESDAY
from hypothesis import given
from hypothesis import strategies as st

from feedhub.model.document import Document, Entry, Head
from feedhub.model.feed import Releases
from feedhub.model.ruling import Part
from feedhub.rules import identity, releases
from feedhub.text.versions import Version, release_at, told_as_one, version

DAY = timedelta(days=1)

TAGS = {
    "v1.17.0": ("", (1, 17, 0), False),
    "1.2.3": ("", (1, 2, 3), False),
    "v0.9": ("", (0, 9, 0), False),
    "v2": ("", (2, 0, 0), False),
    "release-1.2": ("", (1, 2, 0), False),
    "stable-2.6.1": ("", (2, 6, 1), False),
    "edge-19.12.1": ("edge", (19, 12, 1), True),
    "kustomize/v3.5.0": ("kustomize", (3, 5, 0), False),
    "api/v0.1.1-beta": ("api", (0, 1, 1), True),
    "@scope/name@1.2.3": ("scope/name", (1, 2, 3), False),
    "ingress-nginx-2.0.1": ("ingress-nginx", (2, 0, 1), False),
    "knative-v1.2": ("knative", (1, 2, 0), False),
    "kubernetes-1.17.0-beta.2": ("kubernetes", (1, 17, 0), True),
    "k8s-v1.2": ("k8s", (1, 2, 0), False),
    "helm-2to3-v0.2.0": ("helm-2to3", (0, 2, 0), False),
    "v1.17.0-rc.1": ("", (1, 17, 0), True),
    "v1.6.0-rc4": ("", (1, 6, 0), True),
    "v1.18.0-alpha.0": ("", (1, 18, 0), True),
    "0.0.2-pre": ("", (0, 0, 2), True),
    "1.0a1": ("", (1, 0, 0), True),
    "1.0rc1": ("", (1, 0, 0), True),
    "1.0.dev3": ("", (1, 0, 0), True),
    "2.0.0.M1": ("", (2, 0, 0), True),
    "1.0.0.Final": ("", (1, 0, 0), False),
    "v1.0.0-incubating": ("", (1, 0, 0), False),
    "v1.4.0-alpine": ("", (1, 4, 0), False),
    "v1.5.0+k3s1": ("", (1, 5, 0), False),
    "v1.2.3-1": ("", (1, 2, 3), False),
    "1.2.3.4": ("", (1, 2, 3, 4), False),
    "REL_12_1": ("", (12, 1, 0), False),
    "2019.12.1": ("", (2019, 12, 1), False),
    "RELEASE.2019-12-10T23-16-06Z": ("", (20191210, 0, 0), False),
    "nightly-2019-12-10": ("nightly", (20191210, 0, 0), True),
    "v20191213-abc": ("", (20191213, 0, 0), False),
    "nightly": ("nightly", (0, 0, 0), True),
    "latest": ("latest", (0, 0, 0), True),
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_is_read(tag):
    """Of what it is a version, its numbers, and whether it is finished."""
    assert version(tag) == Version(*TAGS[tag])


@pytest.mark.parametrize("tag", ["e0f16a4", "weekly", "", "Hello", "log4j"])
def test_what_is_no_version(tag):
    """A hash, a name, a title of something else."""
    assert version(tag) is None


@given(st.text(max_size=60) | st.text("v0123456789._-/rcbeta", max_size=60))
def test_any_tag_is_read(tag):
    """And has three numbers at least, so that versions can be compared."""
    found = version(tag)

    assert found is None or len(found.numbers) >= 3


PAGES = {
    "https://github.com/Kubernetes/kubernetes/releases/tag/v1.17.0": ("kubernetes/kubernetes", "v1.17.0"),
    "https://github.com/a/kustomize/releases/tag/api%2Fv0.3.0": ("a/kustomize", "api/v0.3.0"),
    "https://github.com/a/kustomize/releases/tag/api/v0.3.0": ("a/kustomize", "api/v0.3.0"),
    "https://gitlab.com/g/s/p/-/releases/v1": ("g/s/p", "v1"),
    "https://github.com/a/b/releases": None,
    "https://github.com/a/b/releases/latest": None,
    "https://a.example/blog/releases-of-the-year": None,
}


@pytest.mark.parametrize("link", PAGES)
def test_the_page_of_a_release(link):
    """Names its repository and its tag."""
    assert release_at(link) == PAGES[link]


def page(tag: str, repository: str = "a/b") -> str:
    return f"https://github.com/{repository}/releases/tag/{tag}"


TOGETHER = {
    "the first, then the greatest": (["v1.17.0", "v1.9.1", "v1.16.4"], ("v1.17.0", "v1.16.4", "v1.9.1")),
    "one alone": (["v1.17.0"], ()),
    "one that several feeds tell": (["v1.17.0", "v1.17.0"], ()),
    "of two things": (["api/v1.0.1", "kustomize/v3.0.1"], ()),
}


@pytest.mark.parametrize(("tags", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_releases_that_are_told_as_one(tags, expected):
    """A story names them all."""
    assert told_as_one([None, *map(page, tags)]) == expected


def test_releases_of_two_repositories_are_not_told_as_one():
    """An editor may have merged them; they are no patches of each other."""
    assert told_as_one([page("v1.1.0"), page("v1.0.1", "c/d")]) == ()


# which count


def released(
    *tags: str, notes: str = "What is new.", status: str | None = None, of: str = "a/b"
) -> list[releases.Release]:
    """Return releases as a feed tells them, one a day."""
    found = []
    for day, tag in enumerate(tags):
        at = TUESDAY + day * DAY
        entry = Entry(id=tag, title=tag, link=page(tag, of), updated=at, content=notes, status=status)
        (said,) = identity.said(Document(Head(), (entry,), "atom10"))
        found += releases.read([Part(day + 1, "feed", at, said)])
    return found


COUNTS = {
    # What was released before, what is now, the least step that counts, and why it does not (None: it does).
    "a minor release": (["v1.16.3"], "v1.17.0", "minor", None),
    "a patch": (["v1.17.0"], "v1.17.1", "minor", "is a patch release, less than minor"),
    "a patch, where patches count": (["v1.17.0"], "v1.17.1", "patch", None),
    "a patch of an older series": (["v1.16.3", "v1.17.0"], "v1.16.4", "minor", "is a patch release"),
    "a minor release, where major ones count": (["v1.16.0"], "v1.17.0", "major", "is a minor release, less than major"),
    "a major release": (["v1.16.0"], "v2.0.0", "major", None),
    "the first release that we see": ([], "v1.17.0", "minor", None),
    "a patch that is the first that we see": ([], "v1.17.3", "minor", "is a patch release"),
    "the first of its series, as v1.17.0 was never there": (["v1.16.3"], "v1.17.1", "minor", None),
    "or was a candidate only": (["v1.16.3", "v1.17.1-rc.1"], "v1.17.1", "minor", None),
    "the same again": (["v1.17.0"], "v1.17.0", "minor", "is a patch release"),
    "another thing of the repository": (["kustomize/v3.5.1"], "api/v0.3.0", "minor", None),
    "whose patch is one": (["kustomize/v3.5.1", "api/v0.3.0"], "api/v0.3.1", "minor", "is a patch release"),
    "a day": (["2019-12-03"], "2019-12-10", "minor", None),
    "a month and its patch": (["2019.12.0"], "2019.12.1", "minor", "is a patch release"),
    "a candidate": (["v1.16.3"], "v1.17.0-rc.1", "patch", "is a pre-release"),
    "a build of the night": ([], "nightly", "patch", "is a pre-release"),
}  # fmt: skip


@pytest.mark.parametrize(("before", "now", "bump", "why"), COUNTS.values(), ids=COUNTS)
def test_which_releases_count(before, now, bump, why):
    """The least step is against the last known release of that line."""
    *known, last = released(*before, now)

    found = releases.uncounted(last, known, Releases(bump=bump))

    assert found == (why and f"{now} {why}" + (", less than minor" if "patch" in why and "less" not in why else ""))


def test_pre_releases_count_where_feeds_yaml_says_so():
    """Whether the tag says that it is one, or only GitHub."""
    (named,) = released("v1.17.0-rc.1")
    (marked,) = released("v1.17.0", status="prerelease")

    assert [releases.uncounted(one, [], Releases(prerelease=True)) for one in (named, marked)] == [None, None]
    assert releases.uncounted(marked, [], Releases()) == "v1.17.0 is a pre-release"


@pytest.mark.parametrize("notes", ["No content.", "", "<p>No content.</p>", " \n"])
def test_a_bare_tag_does_not_count(notes):
    """A tag without notes; unless nobody there writes any, as then a tag is a release."""
    (bare,), noted = released("v1.18.0", notes=notes), released("v1.17.0")

    assert releases.uncounted(bare, noted, Releases()) == "v1.18.0 is a tag without notes"
    assert releases.uncounted(bare, released("v1.17.0", notes=notes), Releases()) is None
    assert releases.uncounted(bare, released("v1.17.0", of="c/d"), Releases()) is None


def test_a_release_without_notes_is_one_where_github_says_so():
    """Its API lists releases, with notes or without; only releases.atom has tags among them."""
    (release,) = released("v1.18.0", notes="", status="released")

    assert releases.uncounted(release, released("v1.17.0"), Releases()) is None


def test_a_bare_tag_is_not_the_release_before():
    """v1.17.0 was only tagged: v1.17.1 is the first release of its series."""
    (tagged,) = released("v1.17.0", notes="No content.")
    before, last = released("v1.16.0", "v1.17.1")

    assert releases.uncounted(last, [before, tagged], Releases(bump="minor")) is None


def test_of_a_new_feed_the_last_few_releases_are_seen():
    """v1.16.4 goes beyond v1.15.7, and both are patches of series that began before."""
    (one,), (other,) = released("v1.15.7"), released("v1.16.4")

    assert releases.uncounted(other, [one], Releases(bump="minor")) == "v1.16.4 is a patch release, less than minor"


def test_a_release_without_a_page_is_read_by_its_title():
    """As another forge, or a project's own feed, tells it; what has no version in it is no release."""
    entries = (Entry(id="1", title="v1.0.1", summary="x"), Entry(id="2", title="Our summit", summary="x"))
    parts = [Part(1, "feed", TUESDAY, one) for one in identity.said(Document(Head(), entries, "rss20"))]

    assert [(one.repository, one.tag) for one in releases.read(parts)] == [("feed", "v1.0.1")]


WEEK = {
    # The releases of a week as they came, and what is told with which.
    "patches with the greatest": (["v1.17.0", "v1.16.4", "v1.15.7"], {"v1.16.4": "v1.17.0", "v1.15.7": "v1.17.0"}),
    "that came last": (["v1.15.7", "v1.16.4", "v1.17.0"], {"v1.16.4": "v1.17.0", "v1.15.7": "v1.17.0"}),
    "that is a patch itself": (["v1.16.4", "v1.15.10", "v1.15.9"], {"v1.15.10": "v1.16.4", "v1.15.9": "v1.16.4"}),
    "minor releases stay apart": (["v1.17.0", "v1.16.0"], {}),
    "and patches of other things": (["kustomize/v3.5.0", "api/v0.3.1"], {}),
    "and candidates": (["v1.17.0", "v1.16.4-rc.1"], {}),
}


@pytest.mark.parametrize(("tags", "expected"), WEEK.values(), ids=WEEK)
def test_the_patches_of_a_week(tags, expected):
    """Are told with the greatest release of their line."""
    found = released(*tags)

    pairs = releases.collapsed(range(1, 9), found, Releases(collapse="patch"), TUESDAY)

    assert {pair.release.tag: pair.greatest.tag for pair in pairs} == expected
    assert releases.collapsed(range(1, 9), found, Releases(), TUESDAY) == []
    assert releases.collapsed([], found, Releases(collapse="patch"), TUESDAY) == []


def test_bare_tags_are_not_told_with_a_release():
    """They do not count, in that week or alone."""
    found = [*released("v1.17.0"), *released("v1.16.4", notes="")]

    assert releases.collapsed([1], found, Releases(collapse="patch"), TUESDAY) == []


def test_patches_of_another_week_stay_apart():
    """The week began after the first one was seen."""
    assert releases.collapsed([1, 2], released("v1.17.0", "v1.16.4"), Releases(collapse="patch"), TUESDAY + DAY) == []
