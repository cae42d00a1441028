"""Characters: what is stored, what a terminal may see, how wide it is there, how Chinese is cut for the index."""

import unicodedata

import pytest
from conftest import TUESDAY
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from wcwidth import wcswidth

from feedhub.model.document import Document, Entry, Head
from feedhub.model.feed import Feed
from feedhub.rules import identity
from feedhub.store import entries, feeds, search
from feedhub.text.characters import bigrams, fit, fold, lines, one_line, shorten, storable, width

ANY = st.text(st.characters())
"""Every code point, halves of surrogate pairs too."""

BIDI = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Every Bidi_Control of Unicode (PropList.txt), written down a second time."""

# Wide, combining, joined, flags, skin, variation, jamo, controls: what makes counters of columns stumble.
TRICKY = st.text(
    st.sampled_from("ab 云原\u0301\u200d\ufe0f👩🇨🇳🏽ᄀ가각\u0e33\u1b1b\x1b\x00\x9b\u202e\u2028\n\t\ud800ｶﾞ㈱𠀀…")
)


ONE_LINE = {
    "plain text stays": ("Kubernetes 1.17: Stability", "Kubernetes 1.17: Stability"),
    "white space is one space": ("  a \t b\r\n\nc  ", "a b c"),
    "so is the space of Chinese typing": ("云\u3000原生", "云 原生"),
    "and a line separator": ("a\u2028b\u2029c\x85d", "a b c d"),
    "an escape sequence loses its escape": ("\x1b]0;title\x07", "�]0;title�"),
    "and the one of eight bits": ("\x9b31mred", "�31mred"),
    "NUL and DEL are shown": ("a\x00b\x7f", "a�b�"),
    "nothing turns the line around": ("gpj.\u202egnp", "gpj.�gnp"),
    "nor isolates a part of it": ("a\u2066b\u2069", "a�b�"),
    "half a pair can be printed after all": ("a\ud83d", "a�"),
    "emoji keep what joins them": ("👩\u200d🚀", "👩\u200d🚀"),
    "nothing is nothing": ("\n\t ", ""),
}


@pytest.mark.parametrize(("text", "line"), ONE_LINE.values(), ids=ONE_LINE)
def test_one_line(text, line):
    assert one_line(text) == line


@given(ANY | TRICKY)
@example("\x1b[2J\u202e\x9b\n")
def test_one_line_cannot_drive_a_terminal(text):
    """No control, no bidi control, no separator of lines, nothing that UTF-8 cannot write; and it is stable."""
    line = one_line(text)

    assert not {unicodedata.category(character) for character in line} & {"Cc", "Cs", "Zl", "Zp"}
    assert not set(line) & BIDI
    assert line.splitlines() in ([], [line])
    assert one_line(line) == line


@given(ANY | TRICKY)
def test_lines_obey_only_line_breaks_and_tabs(text):
    """What goes to a terminal in several lines holds no control but these two."""
    shown = lines(text)

    controls = {character for character in shown if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")}
    assert controls <= {"\n", "\t"}
    assert not set(shown) & BIDI
    assert lines(shown) == shown


def test_lines_keep_the_shape_of_a_text():
    """Any kind of line end is one line end; indentation stays."""
    assert lines("a\r\nb\rc\n\n\td\x1b") == "a\nb\nc\n\n\td�"


@given(ANY | TRICKY)
@example("\x00\x0b\ufffe\uffff\ud800\udfff\x7f\x80\x9f\xa0")
@example("long, and all of it ASCII but one character " * 3 + "\x9b")
def test_what_is_storable_fits_into_xml(text):
    """An XML document can hold it, UTF-8 can write it, no terminal minds it; nothing else is taken away."""
    kept = storable(text)

    element = etree.Element("title")
    element.text = kept
    assert (etree.fromstring(etree.tostring(element, encoding="utf-8")).text or "") == kept
    assert storable(kept) == kept
    assert kept == "".join(character for character in text if _is_xml(ord(character)) and not _is_c1(ord(character)))


def _is_c1(point: int) -> bool:
    """DEL, and the controls that a terminal takes for ESC and a letter."""
    return 0x7F <= point <= 0x9F


def _is_xml(point: int) -> bool:
    """Char of XML 1.0, section 2.2, as it stands there."""
    return point in (9, 10, 13) or 0x20 <= point <= 0xD7FF or 0xE000 <= point <= 0xFFFD or point >= 0x10000


FOLDS = {
    "case": ("KubeCon", "kubecon"),
    "German case": ("STRASSE", "straße"),
    "full width": ("Ｋｕｂｅ：１", "kube:1"),
    "ligatures": ("ﬁx", "fix"),
    "accents however composed": ("cafe\u0301", "café"),
    "white space of any kind": (" a\u3000\u00a0b\n", "a b"),
}


@pytest.mark.parametrize(("one", "other"), FOLDS.values(), ids=FOLDS)
def test_titles_are_compared_without(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("café", "cafe"), ("1.17.0", "1.17.1"), ("云原生", "云原")])
def test_titles_are_compared_with(one, other):
    """What tells two titles apart stays: accents, numbers, characters."""
    assert fold(one) != fold(other)


WIDTHS = {
    "letters": ("ab", 2),
    "Chinese is twice as wide": ("云原生", 6),
    "combining marks have none": ("e\u0301", 1),
    "an emoji of three parts": ("👩\u200d🚀", 2),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("text", "columns"), WIDTHS.values(), ids=WIDTHS)
def test_width(text, columns):
    assert width(text) == columns


FITS = {
    "short text is padded": ("ab", 4, "ab  "),
    "exact text stays": ("abcd", 4, "abcd"),
    "long text ends in an ellipsis": ("abcde", 4, "abc…"),
    "a wide character is not halved": ("云原生周报", 6, "云原… "),
    "nor a letter parted from its accent": ("aee\u0301e\u0301", 3, "ae…"),
    "an emoji goes as a whole": ("a👩\u200d🚀bc", 3, "a… "),
    "one column": ("云", 1, "…"),
}


@pytest.mark.parametrize(("text", "columns", "fitted"), FITS.values(), ids=FITS)
def test_fit(text, columns, fitted):
    assert fit(text, columns) == fitted


@given(ANY | TRICKY, st.integers(1, 40))
@example("a\u200d", 4)
@example("👩\u200d", 4)
@example("🇨🇳🇨", 3)
def test_what_is_fitted_is_exactly_so_wide(text, columns):
    """Columns of a table line up whatever a title holds."""
    assert wcswidth(fit(one_line(text), columns)) == columns


@given(ANY | TRICKY, st.integers(1, 40))
def test_what_is_shortened_is_at_most_so_wide(text, columns):
    """And what is short enough stays as it is."""
    line = one_line(text)

    assert width(shorten(line, columns)) <= columns
    assert width(line) > columns or shorten(line, columns) == line


BIGRAMS = {
    "two characters are a pair": ("网格", "网格"),
    "a run is its overlapping pairs": ("服务网格", "服务 务网 网格"),
    "one character stands alone": ("用 k8s", "用 k8s"),
    "letters beside it are words of their own": ("用k8s做", "用 k8s 做"),
    "kana and hangul too": ("クラウド 쿠버네", "クラ ラウ ウド 쿠버 버네"),
    "beyond the basic plane": ("𠀀𠀁𠀂", "𠀀𠀁 𠀁𠀂"),
    "punctuation parts runs": ("云原生，周报", "云原 原生 ， 周报"),
    "other text stays": ("Envoy proxy", "Envoy proxy"),
}


@pytest.mark.parametrize(("text", "cut"), BIGRAMS.values(), ids=BIGRAMS)
def test_bigrams(text, cut):
    assert bigrams(text) == cut


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=12)


@given(st.text("ab 1-，", max_size=5), HAN, st.text("ab 1-，", max_size=5), st.data())
def test_every_word_of_two_characters_is_in_the_index(before, run, after, data):
    """Whatever stands around it."""
    start = data.draw(st.integers(0, len(run) - 2))

    assert run[start : start + 2] in bigrams(before + run + after).split()


def test_search_finds_chinese_words_wherever_they_stand(store):
    """Words of two characters, single characters, phrases and words beside letters are found; others are not."""
    listed = [Feed("a", "https://a.example/feed")]
    feeds.reconcile(store, listed, "tag:a.example,2019:x", TUESDAY)
    (state,) = feeds.states(store, listed)
    entry = Entry(id="1", title="阿里开源服务网格MOSN，支持Envoy", summary="性能 <b>测试</b>")
    decisions = identity.decide(identity.said(Document(Head(), (entry,), "rss20")), ())
    entries.record(store, state, "tag:a.example,2019:x", decisions, TUESDAY)

    queries = (
        "服务",
        "务网格",
        "网",
        "mosn",
        '"支持 envoy"',
        "env*",
        "测试 性能",
        "服格",
        "测试 knative",
        "b",
        '"',
        "env",
    )
    found = {query for query in queries if search.stories_with(store, query, 10)}

    assert found == {"服务", "务网格", "网", "mosn", '"支持 envoy"', "env*", "测试 性能"}
