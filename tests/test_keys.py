"""Keys: what defines a story, exactly, and what is only mentioned."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urls import ANY, SITES, URLS

from feedhub.model.document import Entry, Event
from feedhub.model.feed import Response
from feedhub.reading.feeds import read
from feedhub.rules.keys import about, mentioned, page

K8S = "https://github.com/kubernetes/kubernetes"
COMMIT = f"{K8S}/commit/0a1b2c3d"
SERVING = "https://github.com/knative/serving/commit/0a1b2c3d"
MIRROR = "https://github.com/kubernetes/apiserver/commit/0a1b2c3d"
MIRRORED = (
    "<pre>Merge pull request #86294 from a/b\n\nKubernetes-commit: ff4bc2f952df477e0bbb3631fce8fa4a3daee29e</pre>"
)


def entry(title: str | None = None, link: str | None = "https://a.example/x", **fields) -> Entry:
    return Entry(title=title, link=link, **fields)


def defined(one: Entry, *, shared: bool = False) -> list[str]:
    """Return what an entry is about, its page aside."""
    return [key for key in about(one, page(one), shared=shared) if not key.startswith("https://")]


DEFINED = {
    "a pull request": (entry("Add goaway", f"{K8S}/pull/88567"), "kubernetes/kubernetes#88567"),
    "an issue": (entry("Balance", f"{K8S}/issues/88566"), "kubernetes/kubernetes#88566"),
    "a proposal's issue": (
        entry("Pod overhead", "https://github.com/kubernetes/enhancements/issues/688"),
        "kubernetes/enhancements#688 KEP-688",
    ),
    "a release": (entry("v1.17.0", f"{K8S}/releases/tag/v1.17.0"), "kubernetes/kubernetes@v1.17.0"),
    "a merge": (entry("Merge pull request #88567 from ann/goaway", COMMIT), "kubernetes/kubernetes#88567"),
    "a merge by bors": (
        entry("Auto merge of #69592 - ann:nosyntax, r=bob", "https://github.com/rust-lang/rust/commit/0a1b"),
        "rust-lang/rust#69592",
    ),
    "a merge of what was cherry-picked": (
        entry("Merge pull request #85867 from ann/automated-cherry-pick-of-#85800-release-1.16", COMMIT),
        "kubernetes/kubernetes#85867",
    ),
    "a merge of a revert": (entry("Merge pull request #9 from ann/revert-8-x", COMMIT), "kubernetes/kubernetes#9"),
    "a squashed pull request": (entry("Fix the defer (#6185)", SERVING), "knative/serving#6185"),
    "one that names an issue first": (entry("#4077: Add tests (#4455)", SERVING), "knative/serving#4455"),
    "one whose title was cut": (
        entry("Fix the defer func …", SERVING, content="<pre>Fix the defer func &amp; calls. (#6185)\n\nMore</pre>"),
        "knative/serving#6185",
    ),
    "a commit that a bot copied": (
        entry("Merge pull request #86294 from ann/kms", MIRROR, content=MIRRORED),
        "kubernetes/kubernetes#86294",
    ),
    "a vulnerability": (entry("CVE-2020-8555: Half-blind SSRF"), "CVE-2020-8555"),
    "its name alone": (entry("CVE-2020-8555"), "CVE-2020-8555"),
    "its announcement": (entry("[Security Advisory] cve-2020-8555 - SSRF"), "CVE-2020-8555"),
    "its Chinese one": (entry("CVE-2020-8555：半盲 SSRF"), "CVE-2020-8555"),
    "its issue": (
        entry("CVE-2019-11253: YAML bombs", f"{K8S}/issues/83253"),
        "kubernetes/kubernetes#83253 CVE-2019-11253",
    ),
    "its record": (entry("A flaw", "https://nvd.nist.gov/vuln/detail/CVE-2020-8555"), "CVE-2020-8555"),
    "its id": (entry("A flaw", id="CVE-2020-8555"), "CVE-2020-8555"),
    "an event": (entry("KubeCon", id="k@b", event=Event(datetime(2020, 3, 30, tzinfo=UTC))), "uid:k@b"),
    "what has its address for an id": (entry("Fix", id=f"{K8S}/pull/5"), "kubernetes/kubernetes#5"),
    "what a redirection leads to": (
        entry("Fix", "https://www.google.com/url?q=https%3A%2F%2Fgithub.com%2Fa%2Fb%2Fpull%2F5"),
        "a/b#5",
    ),
}


@pytest.mark.parametrize(("one", "keys"), DEFINED.values(), ids=DEFINED)
def test_it_is_about(one, keys):
    assert defined(one) == keys.split()


MENTIONED = {
    "an event": (
        entry("Review of goaway", f"{K8S}/pull/5", id="k@b", event=Event(datetime(2020, 3, 30, tzinfo=UTC))),
        "kubernetes/kubernetes#5",
    ),
    "a comment": (entry("Re: goaway", f"{K8S}/pull/88567#issuecomment-1"), "kubernetes/kubernetes#88567"),
    "what its id says otherwise": (entry("Fix", f"{K8S}/pull/5", id=f"{K8S}/pull/6"), "kubernetes/kubernetes#6"),
    "a revert": (entry('Revert "Fix the defer (#6185)"', SERVING), "knative/serving#6185"),
    "a revert with a number, whosever it is": (entry('Revert "Fix" (#6185)', SERVING), "knative/serving#6185"),
    "a cherry-pick": (entry("[release-0.10] Cherry-pick fix (#12)", SERVING), "knative/serving#12"),
    "a cherry-pick that says so below": (
        entry("Fix the defer (#6185)", SERVING, content="(cherry picked from commit 0a1b2c)"),
        "knative/serving#6185",
    ),
    "a commit that closes an issue": (entry("Fix #12 for good", SERVING), "knative/serving#12"),
    "a number that is no commit's": (entry("Lessons from 100 episodes (#11)"), ""),
    "two vulnerabilities": (
        entry("CVE-2020-8551, CVE-2020-8552: Denial of service"),
        "CVE-2020-8551 CVE-2020-8552",
    ),
    "a post about one": (entry("Runc and CVE-2019-5736"), "CVE-2019-5736"),
    "a post that explains one": (entry("CVE-2019-5736 explained"), "CVE-2019-5736"),
    "the fix of one, in one of several branches": (
        entry("CVE-2020-8558: block martians", f"{K8S}/pull/91569"),
        "CVE-2020-8558",
    ),
    "a release with the fix of one": (
        entry("CVE-2019-9900 fixed", "https://github.com/istio/istio/releases/tag/1.0.7"),
        "CVE-2019-9900",
    ),
    "several releases": (
        entry("v1.17.1 and v1.16.5 released", content=f'<a href="{K8S}/releases/tag/v1.17.1">v1.17.1</a>'),
        "kubernetes/kubernetes@v1.17.1",
    ),
    "a round-up": (
        entry("Week ending December 8", content="<p>kubernetes/kubernetes#1, KEP-1370; https://pr.k8s.io/2"),
        "kubernetes/kubernetes#1 KEP-1370 kubernetes/kubernetes#2",
    ),
    "a change of a proposal": (
        entry("KEP-1370: graduate to beta", "https://github.com/kubernetes/enhancements/pull/1499"),
        "KEP-1370",
    ),
    "release notes": (
        entry("v1.17.0", f"{K8S}/releases/tag/v1.17.0", content="<li>Bump cAdvisor (#85340, @ann)</li>"),
        "kubernetes/kubernetes#85340",
    ),
    "a commit that a bot copied": (
        entry("Fix", MIRROR, content="<pre>Fix #7\n\nKubernetes-commit: ff4bc2f952df477e0bbb3631fce8fa4a3daee29e"),
        "kubernetes/kubernetes#7",
    ),
    "nothing": (entry(None, None), ""),
}


@pytest.mark.parametrize(("one", "keys"), MENTIONED.values(), ids=MENTIONED)
def test_it_speaks_of(one, keys):
    """A mention is a cross-reference: it is never what an entry is about."""
    assert list(mentioned(one, about(one, page(one), shared=False))) == keys.split()
    assert not set(defined(one)) & set(keys.split())


def test_the_page_comes_first():
    """And is what entries of other feeds share first of all."""
    one = entry("Add goaway", f"{K8S}/pull/88567?utm_source=rss")

    assert about(one, page(one), shared=False) == (f"{K8S}/pull/88567", "kubernetes/kubernetes#88567")


NO_PAGE = {
    "one that several entries share": (entry("Fix", f"{K8S}/pull/5"), True),
    "a front page": (entry("Fix", "https://a.example/index.html"), False),
    "none": (entry("Fix", None), False),
}


@pytest.mark.parametrize(("one", "shared"), NO_PAGE.values(), ids=NO_PAGE)
def test_a_page_that_is_not_its_own_defines_nothing(one, shared):
    """Nor does what that page is; its link finds the entry nonetheless."""
    keys = about(one, page(one), shared=shared)

    assert keys == ()
    assert mentioned(one, keys)[:1] == tuple(key for key in [page(one)] if key)


def test_fifty_mentions_are_enough():
    """The first that a text names."""
    text = " ".join(f"a/b#{number}" for number in range(1, 100))

    assert mentioned(entry(None, None, summary=text), ()) == tuple(text.split()[:50])


WORDS = st.text(st.sampled_from("ab/#1-.(@) KEPCVE20&;"), max_size=40)


@given(WORDS, ANY | URLS | SITES, WORDS | URLS, WORDS, st.booleans())
@example("CVE-2020-8555", "https://github.com/a/b/issues/1", "CVE-2020-8555", "a/b#1", False)
@example("CVE-2020-8555", "https://nvd.nist.gov/vuln/detail/CVE-2020-8555", "CVE-2020-8555", "", False)
def test_what_it_is_about_is_not_mentioned(title, link, guid, text, shared):
    """No key is told twice, and only pages are addresses, whatever a feed says."""
    one = entry(title, link, id=guid, content=text)

    defining = about(one, page(one), shared=shared)
    every = [*defining, *mentioned(one, defining)]

    assert len(set(every)) == len(every)
    assert {key for key in every if key.startswith("https://")} <= {page(one)}


def real(shared) -> dict[str, list[tuple[str, Entry]]]:
    """Return, by key, the entries of a week of real feeds that it defines, each with its feed."""
    found: dict[str, dict[tuple, tuple[str, Entry]]] = defaultdict(dict)
    for path in sorted((shared / "data/real/github").glob("*/*.atom")):
        document = read(Response(200, "https://github.com/x", {}, path.read_bytes()))
        pages = Counter(map(page, document.entries))
        for one in document.entries:
            for key in about(one, page(one), shared=pages[page(one)] > 1):
                found[key][path.parent.name, one.id] = (path.parent.name, one)
    return {key: list(entries.values()) for key, entries in found.items()}


def test_a_week_of_github_by_its_keys(shared):
    """A commit feed's keys are the numbers of its own repository, but for those that a bot copies; no two are mixed."""
    found = real(shared)
    numbers = {key: entries for key, entries in found.items() if "#" in key and not key.startswith("https:")}

    assert len(numbers) > 150
    for key, entries in numbers.items():
        number = key.partition("#")[2]
        assert all(f"#{number} from" in one.title or one.title.endswith(f"(#{number})") for _, one in entries), key
        assert {name.replace("__", "/") for name, _ in entries} <= {
            key.partition("#")[0], "kubernetes/apiserver", "kubernetes/kubectl",
        }  # fmt: skip


def test_what_newsletters_cited_is_found_in_the_feeds(shared):
    """Pull requests that editors linked to in that week are the ones that the commits of the feeds are."""
    window = json.loads((shared / "data/real/windows/seed0.json").read_text())
    items = [entry(item["title"], item["url"]) for item in window["items"] if item["kind"] in ("pr", "release")]
    cited = {key for item in items for key in defined(item)}

    found = real(shared)

    assert len(cited) > 100
    assert len(cited & found.keys()) > 60


@pytest.mark.parametrize(("text", "expected"), [("", 2), ("<a href='https://a.example/agenda'>Agenda</a>", 1)])
def test_the_agenda_of_an_event_is_not_its_page(text, expected):
    """A link that stands in the description as well may be that of every meeting: the UID alone says which this is."""
    event = Entry(
        id="k@b", link="https://a.example/agenda", content=text, event=Event(datetime(2020, 3, 30, tzinfo=UTC))
    )

    assert len(about(event, page(event), shared=False)) == expected
