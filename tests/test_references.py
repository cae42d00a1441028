"""References: which pull request, proposal, vulnerability or release an address is, or a text names."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from urls import ANY, SITES, URLS

from feedhub.text.links import canonical
from feedhub.text.references import in_text, of_page, typed

GITHUB = "https://github.com"

PAGES = {
    "a pull request": (f"{GITHUB}/kubernetes/kubernetes/pull/88567", ["kubernetes/kubernetes#88567"]),
    "as it is shown": (f"{GITHUB}/kubernetes/kubernetes/pull/88567?w=1", ["kubernetes/kubernetes#88567"]),
    "its files": (f"{GITHUB}/kubernetes/kubernetes/pull/88567/files", ["kubernetes/kubernetes#88567"]),
    "an issue": (f"{GITHUB}/knative/eventing/issues/918", ["knative/eventing#918"]),
    "its first post": (f"{GITHUB}/knative/eventing/issues/918#issue-12", ["knative/eventing#918"]),
    "a repository in capitals": (f"{GITHUB}/Knative/Eventing/issues/918", ["knative/eventing#918"]),
    "a discussion": (f"{GITHUB}/istio/istio/discussions/5", ["istio/istio#5"]),
    "what programs ask for": ("https://api.github.com/repos/istio/istio/pulls/5", ["istio/istio#5"]),
    "a proposal's issue": (
        f"{GITHUB}/kubernetes/enhancements/issues/1370",
        ["kubernetes/enhancements#1370", "KEP-1370"],
    ),
    "a change of a proposal": (f"{GITHUB}/kubernetes/enhancements/pull/1371", ["kubernetes/enhancements#1371"]),
    "a proposal": (f"{GITHUB}/kubernetes/enhancements/tree/master/keps/sig-node/1370-a-title", ["KEP-1370"]),
    "its text": (f"{GITHUB}/kubernetes/enhancements/blob/master/keps/sig-node/24-a/README.md", ["KEP-24"]),
    "a short host's": ("https://kep.k8s.io/1370", ["kubernetes/enhancements#1370", "KEP-1370"]),
    "another short host's": ("https://prs.k8s.io/88567", ["kubernetes/kubernetes#88567"]),
    "a release": (f"{GITHUB}/wagoodman/dive/releases/tag/v0.9.2", ["wagoodman/dive@v0.9.2"]),
    "one with a folder": (f"{GITHUB}/a/b/releases/tag/kustomize/v3.5.0", ["a/b@kustomize/v3.5.0"]),
    "one that was escaped": (f"{GITHUB}/a/b/releases/tag/kustomize%2Fv3.5.0", ["a/b@kustomize/v3.5.0"]),
    "one in capitals": (f"{GITHUB}/a/b/releases/tag/V1.0-RC1", ["a/b@V1.0-RC1"]),
    "a vulnerability's record": ("https://nvd.nist.gov/vuln/detail/CVE-2020-8555", ["CVE-2020-8555"]),
    "one asked for by name": ("https://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2020-8555", ["CVE-2020-8555"]),
    "an announcement by that name": ("https://istio.io/news/2019/cve-2019-12243/", ["CVE-2019-12243"]),
}


@pytest.mark.parametrize(("url", "keys"), PAGES.values(), ids=PAGES)
def test_a_page_is(url, keys):
    assert of_page(canonical(url)) == tuple(keys)


OTHER_PAGES = {
    "a comment": f"{GITHUB}/kubernetes/kubernetes/pull/88567#issuecomment-1",
    "a line under review": f"{GITHUB}/kubernetes/kubernetes/pull/88567/files#diff-1",
    "a commit of a pull request": f"{GITHUB}/kubernetes/kubernetes/pull/88567/commits/0a1b2c",
    "a list": f"{GITHUB}/kubernetes/kubernetes/pulls",
    "a number that is none": f"{GITHUB}/kubernetes/kubernetes/pull/0",
    "a discussion of an organization": f"{GITHUB}/orgs/kubernetes/discussions/5",
    "whatever release is the latest": f"{GITHUB}/istio/istio/releases/latest",
    "a tag that moves": f"{GITHUB}/istio/istio/releases/tag/nightly",
    "a proposal of before they had numbers": f"{GITHUB}/kubernetes/enhancements/blob/master/keps/sig-x/20190129-a.md",
    "a folder of proposals": f"{GITHUB}/kubernetes/enhancements/tree/master/keps/sig-node",
    "another repository with such a folder": f"{GITHUB}/a/enhancements/tree/master/keps/sig-node/1370-a",
    "a post that has a vulnerability in its name": "https://kubernetes.io/blog/2019/02/11/runc-and-cve-2019-5736/",
    "code that uses one": f"{GITHUB}/hannob/CVE-2020-27603-poc",
    "a word of the API": "https://storage.k8s.io/v1",
    "a front page": "https://a.example/",
}


@pytest.mark.parametrize("url", OTHER_PAGES.values(), ids=OTHER_PAGES)
def test_a_page_is_none_of_them(url):
    """It may speak of one."""
    assert of_page(canonical(url)) == ()


TEXTS = {
    "a link": ('<a href="https://github.com/etcd-io/etcd/pull/10523#discussion_r1">x</a>', ["etcd-io/etcd#10523"]),
    "a link and its text": (f'<a href="{GITHUB}/a/b/issues/7">#7</a>', ["a/b#7"]),
    "a link in capitals": (f"{GITHUB}/Knative/Serving/pull/5", ["knative/serving#5"]),
    "a proposal's issue": (f"{GITHUB}/kubernetes/enhancements/issues/9", ["kubernetes/enhancements#9", "KEP-9"]),
    "a repository's number": ("See kubernetes/kubernetes#88567.", ["kubernetes/kubernetes#88567"]),
    "in brackets": ("[Knative/Serving#6185]", ["knative/serving#6185"]),
    "between Chinese": (
        "修复了 kubernetes/kubernetes#88567，详见 KEP-1370。",
        ["kubernetes/kubernetes#88567", "KEP-1370"],
    ),
    "proposals": ("KEP-1370, KEP 2000, KEP #24 and KEP#17", ["KEP-1370", "KEP-2000", "KEP-24", "KEP-17"]),
    "vulnerabilities": ("CVE-2019-5736, cve-2020-8555", ["CVE-2019-5736", "CVE-2020-8555"]),
    "as programs for editors spell them": (
        "CVE\N{EN DASH}2020\N{EN DASH}8555 CVE-2020\N{NON-BREAKING HYPHEN}8551 CVE 2019-11253",
        ["CVE-2020-8555", "CVE-2020-8551", "CVE-2019-11253"],
    ),
    "a release": (f"{GITHUB}/istio/istio/releases/tag/1.4.2.", ["istio/istio@1.4.2"]),
    "a release's file": (f"{GITHUB}/a/b/releases/download/v1.0/b.tar.gz", ["a/b@v1.0"]),
    "a release's archive": (f"{GITHUB}/a/b/archive/refs/tags/v1.0.tar.gz", ["a/b@v1.0"]),
    "a release's files": (f"{GITHUB}/grpc/grpc/tree/v1.19.0/examples", ["grpc/grpc@v1.19.0"]),
    "short hosts": (
        "https://pr.k8s.io/5 http://issues.k8s.io/6",
        ["kubernetes/kubernetes#5", "kubernetes/kubernetes#6"],
    ),
    "in its order, each once": (
        "CVE-2020-8555 a/b#2 KEP-100 a/b#2 a/b#1",
        ["CVE-2020-8555", "a/b#2", "KEP-100", "a/b#1"],
    ),
}


@pytest.mark.parametrize(("text", "keys"), TEXTS.values(), ids=TEXTS)
def test_a_text_names(text, keys):
    assert in_text(text) == tuple(keys)


OTHER_TEXTS = {
    "a number alone": "Fixed in #17 (#18)",
    "a colour": "color:#333333",
    "an entity": "it&#39;s and/or&#8217;s",
    "a place on a page": "https://a.example/docs/guide#12",
    "a place on a page of the site": '<a href="docs/guide#12">x</a>',
    "a proposal of before they had numbers": "KEP-0017 and KEP-20190129",
    "a word that has the letters": "kept, KEPT-100, SKEP-100",
    "too short for a vulnerability": "CVE-2020-855 and CVE-20-8555",
    "a part of another word": "XCVE-2020-8555",
    "a branch": f"{GITHUB}/kubernetes/kubernetes/tree/release-1.17",
    "a file": f"{GITHUB}/kubernetes/kubernetes/blob/master/CHANGELOG-1.17.md#v1170",
    "a user": "ann@a.example",
    "a host that only ends so": "https://mypr.k8s.io/5",
}


@pytest.mark.parametrize("text", OTHER_TEXTS.values(), ids=OTHER_TEXTS)
def test_a_text_names_nothing(text):
    assert in_text(text) == ()


def test_a_number_alone_is_of_the_repository_that_speaks():
    """As GitHub reads them; entities and places stay what they are."""
    text = "Fixes #17 (#18), see b/c#19, it&#39;s at https://a.example/x/y#20"

    assert in_text(text, "a/b") == ("a/b#17", "a/b#18", "b/c#19")


TYPED = {
    "kubernetes#88567": "kubernetes#88567",
    "Kubernetes/Kubernetes#88567": "kubernetes/kubernetes#88567",
    "KEP-1370": "KEP-1370",
    "kep-1370": "KEP-1370",
    "kep 24": "KEP-24",
    "cve-2020-8555": "CVE-2020-8555",
    "dive@v0.9": "dive@v0.9",
    "Wagoodman/Dive@V0.9": "wagoodman/dive@V0.9",
    "kustomize@kustomize/v3.5.0": "kustomize@kustomize/v3.5.0",
    "#88567": None,
    "88567": None,
    "640.3": None,
    "kubernetes": None,
    "https://a.example/x#1": None,
    "a b#1": None,
}


@pytest.mark.parametrize(("name", "key"), TYPED.items(), ids=TYPED)
def test_typed(name, key):
    """What people write for a key, in any case that it may have."""
    assert typed(f" {name} ") == key


@given(ANY | URLS | SITES)
@example("https://github.com/kubernetes/enhancements/issues/1370")
@example("https://github.com/a/b/releases/tag/1%25%32%30")
def test_what_a_page_is_can_be_typed(url):
    """For any address; a version with a blank in it cannot."""
    keys = of_page(canonical(url))

    assert [typed(key) for key in keys if " " not in key] == [key for key in keys if " " not in key]


LONG = ["github.com/" * 40_000, "a/b#1" * 100_000, "/" + "a-" * 200_000 + "#1", "CVE-" * 100_000, "KEP-" * 100_000]
LONG += [
    "a" * 400_000 + "/" + "b" * 400_000 + "#1",
    "8s.io/1.k8s.io/" * 30_000,
    "github.com/a/b/releases/tag/" * 20_000,
]


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:12])
def test_no_text_takes_long(text):
    """Each pattern sees each letter a few times only."""
    begun = time.process_time()

    in_text(text, "a/b")

    assert time.process_time() - begun < 2


@given(st.text(st.sampled_from("ab/#1-.@ KEPCVE20&;\n"), max_size=60), st.sampled_from([None, "a/b"]))
def test_a_key_is_told_once(text, repository):
    """And each is one that can be typed."""
    keys = in_text(text, repository)

    assert len(set(keys)) == len(keys)
    assert [typed(key) for key in keys] == list(keys)
