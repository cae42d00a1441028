"""What is different between two texts: words, characters of Chinese, and what becomes of long ones."""

import random
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedhub.text.differences import differences, is_different


def marked(before, after, **options):
    """Return the pieces as one text, what is gone in [brackets], what has come in {braces}."""
    marks = {"same": "{}", "gone": "[{}]", "come": "{{{}}}"}
    return "".join(marks[piece.kind].format(piece.text) for piece in differences(before, after, **options))


CASES = {
    "a word": ("It waits 30 s.", "It waits 5 s.", "It waits [30 ]{5 }s."),
    "nothing": ("It waits.", "It waits.", "It waits."),
    "white space is nothing": ("It  waits\n30 s.", "It waits 30 s.", "It waits 30 s."),
    "a word more": ("one three", "one two three", "one {two }three"),
    "a word less": ("one two three", "one three", "one [two ]three"),
    "a point": ("It waits.", "It waits!", "It waits[.]{!}"),
    "all of it": ("old", "new", "[old]{new}"),
    "something where there was nothing": ("", "new words", "{new words}"),
    "nothing where there was something": ("old words", "", "[old words]"),
    "nothing at all": ("", "", ""),
    "case is a difference": ("go", "Go", "[go]{Go}"),
    "Chinese, by characters": ("调度框架有新的扩展点", "调度框架有两个新扩展点", "调度框架有{两个}新[的]扩展点"),
    "Chinese and not": ("支持 eBPF 了", "不支持 eBPF", "{不}支持 eBPF [了]"),
    "a version is words and points": ("v1.17.0", "v1.17.1", "v1.17.[0]{1}"),
    "a day is one word": ("on 2026-12-01", "on 2027-03-16", "on [2026-12-01]{2027-03-16}"),
    "and so is a time of day": ("from 15:00 on", "from 16:30 on", "from [15:00 ]{16:30 }on"),
    "a line more": ("one.\ntwo.", "one.\nand\ntwo.", "one.\n{and\n}two."),
    "the same words over and over": ("a a a a", "a a b a a", "a a {b }a a"),
    "words that swap": ("one two three four", "three four one two", "{three four }one two [three four]"),
}


@pytest.mark.parametrize(("before", "after", "expected"), CASES.values(), ids=CASES)
def test_differences(before, after, expected):
    """What is gone and what has come, with the white space behind it; what is the same as the later text has it."""
    found = marked(before, after)

    assert re.sub(r" (?=[\]}])", "", found) == re.sub(r" (?=[\]}])", "", expected)


LONG = " ".join(f"w{number}" for number in range(40))
CUTS = {
    "before a change": (LONG + " old", LONG + " new", "… w37 w38 w39 [old]{new}"),
    "behind it": ("old " + LONG, "new " + LONG, "[old ]{new }w0 w1 w2 …"),
    "between two": (f"a {LONG} b", f"c {LONG} d", "[a ]{c }w0 w1 w2 … w37 w38 w39 [b]{d}"),
    "a short stretch stays": ("a 1 2 3 4 5 6 7 b", "c 1 2 3 4 5 6 7 d", "[a ]{c }1 2 3 4 5 6 7 [b]{d}"),
    "one that is the same all over": (LONG, LONG, "…"),
}


@pytest.mark.parametrize(("before", "after", "expected"), CUTS.values(), ids=CUTS)
def test_long_stretches_that_are_the_same_are_cut(before, after, expected):
    """To some words of context."""
    assert marked(before, after, context=3) == expected


words = st.lists(st.sampled_from(["a", "b", "c", "调", "度", "."]), max_size=40).map(" ".join)


@given(words, words)
def test_both_texts_are_in_the_pieces(before, after):
    """Whatever they are: what is the same and gone is the one, what is the same and come the other."""
    found = differences(before, after, context=1_000)

    for text, kind in ((before, "gone"), (after, "come")):
        said = "".join(piece.text for piece in found if piece.kind in ("same", kind))
        assert said.split() == text.split() or re.sub(r"\s", "", said) == re.sub(r"\s", "", text)
    assert is_different(found) == (before.split() != after.split())


def fifty_thousand(edit):
    """Return a text of so many words, and the same one edited."""
    chance = random.Random(1)
    before = [f"w{chance.randrange(5_000)}" for _ in range(50_000)]
    return before, edit(chance, before)


def edited(chance, before):
    after = list(before)
    for _ in range(1_000):
        after[chance.randrange(len(after))] = "new"
        del after[chance.randrange(len(after))]
    return after


BIG = {
    "edited all over": lambda: fifty_thousand(edited),
    "another text": lambda: fifty_thousand(lambda _, before: [f"v{word}" for word in before]),
    "shuffled": lambda: fifty_thousand(lambda chance, before: chance.sample(before, len(before))),
    "a word over and over": lambda: (["a"] * 50_000, ["a"] * 25_000 + ["b"] + ["a"] * 25_000),
    "two words in turns": lambda: (["a", "b"] * 25_000, ["b", "a"] * 25_000),
    "one character": lambda: (["中"] * 50_000, ["中"] * 49_000),
}


@pytest.mark.parametrize("texts", BIG.values(), ids=BIG)
def test_fifty_thousand_words_take_less_than_a_second(texts):
    """In time of the processor, of which a busy machine takes no more."""
    before, after = map(" ".join, texts())
    started = time.process_time()

    found = differences(before, after)

    assert time.process_time() - started < 1
    assert is_different(found)


def test_a_few_words_in_a_long_text_are_found():
    """The pieces are what an editor changed, not the whole text."""
    before, _ = fifty_thousand(edited)
    after = [*before[:20_000], "new", *before[20_000:]]

    assert [piece.kind for piece in differences(" ".join(before), " ".join(after))] == ["same", "come", "same"]
