"""References: the pull requests, issues, proposals, vulnerabilities and releases that an address or a text names.

Each has one name, its key: `kubernetes/kubernetes#88567` (GitHub counts pull requests and issues together),
`KEP-1370`, `CVE-2020-8555`, `wagoodman/dive@v0.9.2`. What is told is what is written; nothing is looked up.
"""

import re
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from urllib.parse import unquote

_ENHANCEMENTS = "kubernetes/enhancements"
_MOST = 500  # Of a kind in one text: a changelog names thousands, and nobody looks at more than a few.

_OWNER = "[A-Za-z0-9][A-Za-z0-9-]{0,38}"
_REPOSITORY = rf"(?P<repository>{_OWNER}/[\w.-]{{1,100}})"
_NUMBER = r"[1-9]\d{0,6}(?!\w)"
_NUMBERED = rf"(?P<kind>pulls?|issues|discussions)/(?P<number>{_NUMBER})"
_PROPOSAL = r"(?:tree|blob)/[\w.-]{1,100}/keps/[\w-]{1,100}/(?P<kep>[1-9]\d{1,4})-"

_PAGE = re.compile(
    rf"https://(?:api\.)?github\.com/(?:repos/)?{_REPOSITORY}/(?:{_NUMBERED}(?:/(?:files|commits|checks))?"
    rf"|releases/tags?/(?P<version>.+)|{_PROPOSAL}[^/]+(?:/README\.md)?)",
    re.ASCII,
)
_LINK = re.compile(
    rf"github\.com/(?:repos/)?{_REPOSITORY}/(?:{_NUMBERED}|releases/tags?/(?P<version>[^\s\"'<>?#&)\]\\]{{1,200}})"
    rf"|(?:releases/download|archive/refs/tags)/(?P<file>[^\s\"'<>?#&/]{{1,200}})"
    rf"|tree/(?P<tree>v?\d+\.\d+\.\d[\w.+-]{{0,100}})|{_PROPOSAL})",
    re.ASCII,
)
_NO_OWNERS = ("orgs/", "users/", "sponsors/")
_ARCHIVE = re.compile(r"\.(?:tar\.gz|zip)$")

# pr.k8s.io/88567 and its like lead to where GitHub has it; storage.k8s.io/v1 is a word of the API.
_SHORT_HOST = re.compile(rf"8(?<=\.k8)s\.io/({_NUMBER})", re.ASCII)
_SHORT_KIND = re.compile(r"(?<![\w.-])(?:(prs?|issues?)|keps?|features?)\.k$", re.ASCII)

# Begun by what a search finds fastest; most that stand in a page are of entities (&#39;).
_NAMED_HASH = re.compile(rf"#(?<=[\w.-]#)({_NUMBER})", re.ASCII)
_ANY_HASH = re.compile(rf"#(?<=[\w.\s(\[,>-]#)({_NUMBER})", re.ASCII)
_NAMED = re.compile(rf"(?<![\w./@:%~=&?#-]){_REPOSITORY}$", re.ASCII)
_LONGEST_NAME = 141
_APART = " \t\r\n([,>"

# Editors' programs make a dash, or a hyphen that does not break, of the hyphen that was typed.
_DASH = "[-\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}]"
_YEAR_NUMBER = rf"[ _]?{_DASH}?(\d{{4}}){_DASH}(\d{{4,7}})(?!\d)"
CVE = re.compile(rf"(?<![A-Za-z0-9])[Cc][Vv][Ee]{_YEAR_NUMBER}", re.ASCII)
"""A vulnerability, as people spell it."""
# The same, and a proposal, begun by a letter: so long texts are searched twenty times as fast.
_LARGE_CVE = re.compile(rf"V(?<=CV)(?<![A-Za-z0-9]CV)E{_YEAR_NUMBER}", re.ASCII)
_SMALL_CVE = re.compile(rf"v(?<=cv)(?<![A-Za-z0-9]cv)e{_YEAR_NUMBER}", re.ASCII)
_KEP = re.compile(rf"KEP(?<![A-Za-z0-9]KEP)(?:{_DASH}#?| ?#| ?(?=\d{{3}}))([1-9]\d{{1,4}})(?![A-Za-z0-9])", re.ASCII)


def of_page(url: str) -> tuple[str, ...]:
    """Return the keys of what a page is, not of what it has to do with; `url` is its canonical link.

    >>> of_page("https://github.com/kubernetes/enhancements/issues/1370")
    ('kubernetes/enhancements#1370', 'KEP-1370')
    >>> of_page("https://github.com/kubernetes/kubernetes/pull/88567#issuecomment-1")
    ()
    """
    address, _, fragment = url.partition("#")
    if fragment and not re.fullmatch(r"issue-\d+", fragment):
        return ()
    if "github.com/" in address:
        page = _PAGE.fullmatch(address.partition("?")[0])
        return tuple(_keys(page)) if page else ()
    if re.fullmatch(r"https://\w+\.k8s\.io/\d+", address):
        return tuple(key for _, key in _short_hosts(address))
    return _of_record(address)


def _of_record(address: str) -> tuple[str, ...]:
    """Return the vulnerability that an address ends with: what has such an address is about it."""
    if "cve-" not in address.lower():
        return ()
    name = re.split("[/=]", address)[-1]
    return cves(name) if CVE.fullmatch(name) else ()


def cves(text: str) -> tuple[str, ...]:
    """Return the vulnerabilities that a text names, in its order, each once.

    >>> cves("cve-2020-8551 and CVE-2020\N{EN DASH}8552")
    ('CVE-2020-8551', 'CVE-2020-8552')
    """
    return tuple(dict.fromkeys(f"CVE-{cve[1]}-{cve[2]}" for cve in CVE.finditer(text)))


def in_text(text: str, repository: str | None = None) -> tuple[str, ...]:
    """Return the keys that a text names, in its order, each once; `#17` alone is one of the repository, if any.

    >>> in_text("Fixes kubernetes/kubernetes#88567 (KEP-1370), see CVE-2020-8555")
    ('kubernetes/kubernetes#88567', 'KEP-1370', 'CVE-2020-8555')
    """
    found: list[tuple[int, str]] = []
    if "github.com/" in text:
        found += ((link.start(), key) for link in islice(_LINK.finditer(text), _MOST) for key in _keys(link))
    if "#" in text:
        found += islice(_hashes(text, repository), _MOST)
    if _SHORT_HOST.search(text):
        found += islice(_short_hosts(text), _MOST)
    if _LARGE_CVE.search(text) or _SMALL_CVE.search(text):
        found += ((cve.start(), f"CVE-{cve[1]}-{cve[2]}") for cve in islice(CVE.finditer(text), _MOST))
    if _KEP.search(text):
        found += ((kep.start(), f"KEP-{kep[1]}") for kep in islice(_KEP.finditer(text), _MOST))
    if not found:
        return ()
    return tuple(dict.fromkeys(key for _, key in sorted(found, key=itemgetter(0))))


def repository_of(url: str) -> str | None:
    """Return the repository on GitHub that a page belongs to, or None; `url` is its canonical link.

    >>> repository_of("https://github.com/knative/serving/commit/b8a17ae")
    'knative/serving'
    """
    page = re.match(rf"https://github\.com/{_REPOSITORY}(?:/|$)", url, re.ASCII)
    return page["repository"].lower() if page and not page["repository"].startswith(_NO_OWNERS) else None


def _keys(link: re.Match[str]) -> Iterator[str]:
    """Yield what a link to GitHub is about."""
    repository = link["repository"].lower()
    if repository.startswith(_NO_OWNERS):
        return
    parts = link.groupdict()
    if link["number"]:
        yield f"{repository}#{link['number']}"
    if repository == _ENHANCEMENTS and (link["kep"] or link["kind"] == "issues"):
        yield f"KEP-{link['kep'] or link['number']}"
    version = unquote(parts["version"] or parts.get("tree") or _ARCHIVE.sub("", parts.get("file") or ""))
    version = version.rstrip(".,;:!")
    # latest, nightly and the like are not one release but whatever was the last.
    if re.search(r"\d", version):
        yield f"{repository}@{version}"


def _short_hosts(text: str) -> Iterator[tuple[int, str]]:
    for link in _SHORT_HOST.finditer(text):
        start, number = link.start(), link[1]
        kind = _SHORT_KIND.search(text[max(0, start - 12) : start])
        if kind and kind[1]:
            yield start, f"kubernetes/kubernetes#{number}"
        elif kind:
            yield from ((start, f"{_ENHANCEMENTS}#{number}"), (start, f"KEP-{number}"))


def _hashes(text: str, repository: str | None) -> Iterator[tuple[int, str]]:
    """Yield what is named as `owner/repository#17`, or as `#17` in a text of a repository."""
    for number in (_ANY_HASH if repository else _NAMED_HASH).finditer(text):
        start = number.start()
        before = text[max(0, start - _LONGEST_NAME) : start]
        named = _NAMED.search(before)
        if named and not before[: named.start()].endswith(('="', "='")):
            yield start, f"{named['repository'].lower()}#{number[1]}"
        elif repository and before[-1] in _APART:
            yield start, f"{repository}#{number[1]}"


_KEP_TYPED = re.compile(r"kep[- ]?#?([1-9]\d{0,4})", re.ASCII | re.IGNORECASE)
_TYPED = re.compile(rf"(?P<owner>{_OWNER}/)?(?P<name>[\w.-]{{1,100}})(?P<what>#[1-9]\d{{0,6}}|@\S{{1,200}})", re.ASCII)


def typed(name: str) -> str | None:
    """Return the key that somebody means who types it, or None; without its owner it begins with the repository.

    >>> typed("kep-1370"), typed("Kubernetes#88567"), typed("dive@v0.9"), typed("640.3")
    ('KEP-1370', 'kubernetes#88567', 'dive@v0.9', None)
    """
    name = name.strip()
    for pattern, key in ((CVE, "CVE-{}-{}"), (_KEP_TYPED, "KEP-{}")):
        found = pattern.fullmatch(name)
        if found:
            return key.format(*found.groups())
    found = _TYPED.fullmatch(name)
    if found is None:
        return None
    return f"{(found['owner'] or '').lower()}{found['name'].lower()}{found['what']}"
