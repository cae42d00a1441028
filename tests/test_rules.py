"""The rules of feeds.yaml: what a match finds, which rules match an entry, and what they make of a story."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedhub.errors import MatchError
from feedhub.model.document import Category, Document, Entry, Head, Person
from feedhub.model.hub import Rule
from feedhub.model.ruling import Ruled, Tag
from feedhub.rules import identity, ruling, tagging
from feedhub.rules.tagging import Hit
from feedhub.text import terms

FOUND = {
    # The match, a text, and what is found in it (None: nothing).
    "a word": ("istio", "Istio 1.4 is here", "Istio"),
    "a whole word only": ("kube", "Kubernetes 1.17", None),
    "beside what is no letter": ("v1.17", "(v1.17.0)", "v1.17"),
    "in another alphabet's case": ("straße", "STRAßE gesperrt", "STRAßE"),
    "a word of other letters has borders as well": ("über", "Darüber hinaus", None),
    "a mark is part of a word": ("\u0915", "\u0915\u093f", None),
    "Chinese, within a run": ("调度", "新的调度框架", "调度"),
    "also beside Latin": ("调度", "k8s调度v2", "调度"),
    "Latin in the midst of Chinese": ("eBPF", "用eBPF做网络", "eBPF"),
    "but not in the midst of Latin": ("bpf", "用eBPF做网络", None),
    "full-width letters": ("istio", "ＩＳＴＩＯ　１．４", "ISTIO"),
    "what ends in no letter": ("C++", "C++ rocks", "C++"),
    "a phrase": ('"service mesh"', "A Service\n Mesh for you", "Service Mesh"),
    "a phrase in its order": ('"mesh service"', "service mesh", None),
    "nothing in a phrase is a glob": ('"a*"', "ab", None),
    "a glob within a word": ("kube*", "the kubectl-debug tool", "kubectl-debug"),
    "a glob has a border where it has none itself": ("*ctl", "kubectls", None),
    "a question mark is one": ("v1.1?.0", "v1.17.0", "v1.17.0"),
    "a glob of a link": ("*/releases/tag/*", "https://github.com/a/b/releases/tag/v1", "https://github.com/a/b/releases/tag/v1"),
    "a link": ("https://a.example/*", "see https://a.example/x", "https://a.example/x"),
    "a regular expression": (r"/CVE-\d{4}-\d+/", "fixes CVE-2020-8555", "CVE-2020-8555"),
    "its case matters": (r"/cve-\d+/", "CVE-2020-8555", None),
    "unless it does not": (r"/cve-\d+/i", "CVE-2020-8555", "CVE-2020"),
    "a slash in it": (r"/a\/b/", "x a/b", "a/b"),
    "half a surrogate pair": ("b", "a\ud800 b", "b"),
}  # fmt: skip


@pytest.mark.parametrize(("match", "text", "found"), FOUND.values(), ids=FOUND)
def test_what_a_value_finds(match, text, found):
    """A word, a phrase, a glob or a regular expression, and the very span of the text."""
    (term,) = terms.parse(f"title: {match}")

    assert term.found([text]) == found


NAMED = {
    "a name is the whole of it": ("feed: kube", ["kube"], "kube"),
    "not a word of it": ("feed: kube", ["kube-blog"], None),
    "whatever its case": ("key: cve-2020-8555", ["KEP-1", "CVE-2020-8555"], "CVE-2020-8555"),
    "a glob of it": ("feed: *-releases", ["kube-releases"], "kube-releases"),
    "a glob is the whole of it as well": ("language: zh*", ["en-zh"], None),
    "a glob spans words": ("category: cloud*", ["Cloud Native"], "Cloud Native"),
}


@pytest.mark.parametrize(("match", "values", "found"), NAMED.values(), ids=NAMED)
def test_fields_of_names(match, values, found):
    """feed, category, tag, language, key and status have names: a value is the whole of one."""
    (term,) = terms.parse(match)

    assert term.found(values) == found


WRONG = {
    "nothing": ("  ", 0, "needs a term"),
    "a field that is none": ("title: x  titel: y", 10, "no field 'titel'; did you mean title?"),
    "a field without a value": ("title:", 6, "a value is missing after title:"),
    "a field for a value": ("title: feed: x", 7, "a value is missing after feed:"),
    "a minus and nothing": ("x -", 3, "a value is missing after -"),
    "a phrase that does not end": ('title: "a b', 7, "a phrase stands in quotes"),
    "a phrase of nothing": ('""', 0, "a phrase stands in quotes"),
    "an expression that does not end": ("link: /releases", 6, "stands between slashes"),
    "an expression of nothing": ("//", 0, "stands between slashes"),
    "a flag that is none": ("/x/g", 0, "with i behind it or nothing"),
    "look-ahead": ("title: /a(?=b)/", 7, "RE2 cannot compute this: invalid perl operator: (?="),
    "look-behind": ("/(?<!a)b/", 0, "RE2 cannot compute this"),
    "a reference back": (r"title: x -/(a)\1/", 10, "RE2 cannot compute this: invalid escape sequence"),
    "more repetitions than it computes": ("/(a{900}){900}/", 0, "RE2 cannot compute this"),
    "brackets that only close": ("/a)(b/", 0, "RE2 cannot compute this: unexpected )"),
}


@pytest.mark.parametrize(("match", "at", "says"), WRONG.values(), ids=WRONG)
def test_what_is_no_match(match, at, says):
    """It is said what is wrong, and where."""
    with pytest.raises(MatchError) as raised:
        terms.parse(match)

    assert says in str(raised.value)
    assert (raised.value.at, str(raised.value).isprintable()) == (at, True)


@given(st.text(max_size=40) | st.text('title:feed -"/\\*?[](){}|ab容 ', max_size=40), st.text(max_size=40))
@example("/(a*)*$/", "a" * 40)
@example('"\u00a8"', "\u00a8")
def test_any_match_is_read_or_refused(match, text):
    """And one that is read can be asked of any text."""
    try:
        found = terms.parse(match)
    except MatchError as error:
        assert 0 <= error.at <= len(match)  # noqa: PT017 - both outcomes are right
        return
    for term in found:
        assert isinstance(term.found([text]), str | None)


@pytest.mark.parametrize("memory", [1 << 16, 1 << 23], ids=["too little to ask for all", "enough"])
def test_asking_for_all_terms_at_once_says_the_same(monkeypatch, memory):
    """As asking for each of them."""
    monkeypatch.setattr(terms, "_MEMORY", memory)
    asked = [terms.parse(f"text: {value}")[0] for value in ("kube*", "调度", "/a.{20}b/", "/a(b{400}c){2}/", "nowhere")]
    texts = ["kubelet 和调度", "调度", "nothing of it", "", "a" + "x" * 20 + "b", "half \ud800 kube"]

    sieve = terms.Sieve(asked)

    for text in texts:
        assert sieve.sift([text]) - {""} == {term.source for term in asked if term.found([text])}


def test_no_expression_takes_long():
    """What takes a backtracking engine years: 100,000 characters in the time of a blink, and linearly."""
    (bad,) = terms.parse("/(x+x+)+y/")
    began = time.perf_counter()

    assert bad.found(["x" * 100_000]) is None
    assert time.perf_counter() - began < 1


ENTRY = Entry(
    id="urn:1",
    title="Security fix for 调度",
    link="https://github.com/kubernetes/kubernetes/pull/88567",
    authors=(Person("Ann Lee"), Person("Bo")),
    summary="<p>Details of the <b>kubelet</b>.</p><script>sponsored()</script>",
    categories=(Category("sig/node", label="SIG Node"),),
    language="zh-CN",
    status="merged",
)


def hits(
    match: str, *more: Rule, entry: Entry = ENTRY, feed: str = "kube", tags: tuple[str, ...] = ("own",)
) -> list[Hit]:
    """Return the hits of a rule with this match, and of more rules before it."""
    (said,) = identity.said(Document(Head(), (entry,), "atom10"))
    book = tagging.of_feed(tagging.read((*more, Rule("tried", match))), feed)
    return list(tagging.decide(book, tagging.Saying(said, feed, lambda: tags)))


MATCHES = {
    "title": ("title: security", "title: Security"),
    "text, as words": ("text: kubelet", "text: kubelet"),
    "text, without what nobody reads": ("text: sponsored", None),
    "link": ("link: */pull/*", f"link: {ENTRY.link}"),
    "feed": ("feed: k*", "feed: kube"),
    "another feed": ("feed: cn", None),
    "any author": ("author: bo", "author: Bo"),
    "a category's term": ("category: sig/node", "category: sig/node"),
    "or label": ('category: "SIG Node"', "category: SIG Node"),
    "language": ("language: zh*", "language: zh-CN"),
    "status": ("status: merged", "status: merged"),
    "a tag": ("tag: own", "tag: own"),
    "without a field, the title": ("调度", "调度"),
    "or the text": ("kubelet", "kubelet"),
    "but not an author": ("ann", None),
    "all terms": ("title: fix  author: ann  调度", "title: fix  author: Ann  调度"),
    "one that is missing": ("title: fix  author: eve", None),
    "without another": ("title: fix -author: eve", "title: fix"),
    "with what must not be": ("title: fix -author: bo", None),
    "the minus behind the field": ("title: -fix", None),
    "only what must not be": ("-title: kubelet", "-title: kubelet"),
    "not of this feed": ("-feed: kube", None),
}  # fmt: skip


@pytest.mark.parametrize(("match", "matched"), MATCHES.values(), ids=MATCHES)
def test_which_rules_match(match, matched):
    """All terms are required, and what each saw is told."""
    assert [hit.matched for hit in hits(match)] == ([] if matched is None else [matched])


def test_a_rule_sees_the_tags_of_those_before_it():
    """In the order of feeds.yaml."""
    asks, gives = Rule("asks", "tag: given"), Rule("gives", "title: fix", tags=("given",))

    assert [hit.rule.name for hit in hits("tag: given", asks, gives)] == ["gives", "tried"]
    assert hits("tag: given") == []


def test_text_is_read_only_when_a_rule_asks_for_it():
    """A rule of titles looks at no text, and asks for no tags."""
    (said,) = identity.said(Document(Head(), (ENTRY,), "atom10"))
    broken = said.__class__(**{name: getattr(said, name) for name in said.__slots__} | {"text": "no JSON"})
    book = tagging.read((Rule("titles", "title: fix feed: kube link: *pull* author: bo"),))

    assert len(tagging.decide(book, tagging.Saying(broken, "kube", lambda: 1 / 0))) == 1


# what rules make of a story

TAGS = Rule("tags", "x", tags=("a", "b"))
POINTS = Rule("points", "x", score=700)
MORE = Rule("more", "x", score=700)
ROUTES = Rule("routes", "x", section="up/Kubernetes")
HIDES = Rule("hides", "x", hide="ads")
ORDER = [rule.name for rule in (TAGS, POINTS, MORE, ROUTES, HIDES)]


def amended(*parts: tuple[Rule, ...], **how):
    """Return what rules that match the entries of story 7 change on it, as it stands."""
    ruled = Ruled(7, "A story", **{"settled": False} | how)
    seen = [(number, [Hit(rule, "x") for rule in rules]) for number, rules in enumerate(parts, 1)]
    return ruling.amended(ruled, seen, ORDER)


def whats(amendment) -> list[str]:
    return [f"{one.by}: {one.what}" for one in amendment.decisions]


def test_each_rule_says_it_once_of_a_story():
    """However many entries it matches; points are summed up, and clamped."""
    found = amended((POINTS, TAGS), (POINTS, MORE))

    assert (found.score, found.add) == (1000, (("a", "rule tags"), ("b", "rule tags")))
    assert whats(found) == ["rule tags: tag a", "rule tags: tag b", "rule points: score 700", "rule more: score 700"]
    assert [one.entry for one in found.decisions] == [1, 1, 1, 2]


AS_IT_IS = {
    "nothing matches, and nothing did": ((), {}),
    "its tag is there": ((TAGS,), {"tags": (Tag(1, "a", "feed x"), Tag(2, "b", "rule other"))}),
    "its tag was removed by hand": ((TAGS,), {"tags": (Tag(1, "a", "ed1", True), Tag(2, "b", "ed1", True))}),
    "an editor's tag stays": ((), {"tags": (Tag(1, "a", "ed1"),)}),
    "what a rule gave and an editor removed stays removed": ((), {"tags": (Tag(1, "a", "rule tags", True),)}),
    "it is hidden": ((HIDES,), {"hidden": "ads", "hidden_by": "rule hides"}),
    "it is held": ((HIDES,), {"hidden": "held", "hidden_by": "hold"}),
    "releases hide it": ((), {"hidden": "pre-release", "hidden_by": "releases"}),
    "an editor has shown it again": ((HIDES,), {"hidden_by": "editor ed1"}),
    "an editor decided on it": ((HIDES,), {"settled": True}),
    "it goes there": ((ROUTES,), {"section": "up/Kubernetes"}),
}


@pytest.mark.parametrize(("rules", "how"), AS_IT_IS.values(), ids=AS_IT_IS)
def test_what_stays_as_it_is(rules, how):
    """Applying twice changes nothing; what editors did is theirs."""
    assert amended(rules, **how) is None


def test_a_story_is_hidden_only_with_all_its_entries():
    """And each of them says by what."""
    assert amended((HIDES,), ()) is None

    found = amended((HIDES,), (HIDES,))

    assert (found.hidden, found.hidden_by, whats(found)) == ("ads", "rule hides", ["rule hides: hidden"] * 2)


def test_what_no_rule_gives_any_more_is_taken_back():
    """Tags, points, the section, and being hidden."""
    tags = (Tag(4, "a", "rule tags"), Tag(5, "c", "rule gone"))
    found = amended((), tags=tags, score=50, section="up", is_routed=True, hidden="ads", hidden_by="rule gone")

    assert (found.drop, found.score, found.section, found.hidden, found.hidden_by) == (tags, 0, None, None, None)
    assert whats(found) == [
        "rule tags: no tag a",
        "rule gone: no tag c",
        "rules: score 0 in all",
        "rules: no section",
        "rule gone: shown",
    ]


@pytest.mark.parametrize("found", [(), (ROUTES,)], ids=["no rule", "a rule that says another"])
def test_where_an_editor_has_a_story_go_it_stays(found):
    """As `add --section` did: a section that no rule gave is not a rule's to take."""
    assert amended(found, section="by hand") is None


def test_the_first_rule_that_routes_does():
    """As feeds.yaml has them, whichever entry it matches."""
    other = Rule("tags", "x", section="News")

    assert amended((ROUTES,), (other,)).section == "News"


def test_a_rule_that_scores_otherwise_now():
    """Is no news to the story, but its points are."""
    found = amended((POINTS,), score=5, matched=frozenset(["points"]))

    assert (found.score, whats(found)) == (700, ["rules: score 700 in all"])
