"""What is different between two texts, word by word; of Chinese, Japanese and Korean character by character."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

_WORD = re.compile(
    "([\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
    r"|\d{4}-\d\d-\d\d|\d\d?:\d\d(?::\d\d)?|\w+|[^\w\s])\s*"
)
_RUN = 3
"""So many words in a row that stand once in either text are the same place in both."""
_MOST_STEPS = 100_000_000
"""For one stretch that was changed: 10,000 words against 10,000, 0.1 s. What is longer is another text."""
_CUT = " … "


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: what is in both, what is gone, or what has come."""

    kind: str
    """same, gone or come."""
    text: str


_Step = tuple[str, int, int, int, int]
"""What becomes of a range of words, and which: kind, its start and end before, its start and end after."""


def differences(before: str, after: str, context: int = 8) -> tuple[Piece, ...]:
    """Return two texts as one, in pieces; of a long stretch that is the same, some words of context stay.

    >>> [(piece.kind, piece.text) for piece in differences("It waits 30 s.", "It waits 5 s.")]
    [('same', 'It waits '), ('gone', '30 '), ('come', '5 '), ('same', 's.')]
    """
    old, new = list(_WORD.finditer(before)), list(_WORD.finditer(after))
    found = []
    for kind, start, end, new_start, new_end in _steps(_words(old), _words(new)):
        if kind == "same":
            ends = new_end == len(new) and end == len(old)
            text = _shortened(new[new_start:new_end], context, first=not new_start and not start, last=ends)
            # At the end of the one text there is no white space, where what is gone from the other one follows.
            found.append(Piece(kind, text if text[-1:].isspace() else text + _space(old[end - 1])))
            continue
        if end > start:
            found.append(Piece("gone", _text(old[start:end])))
        if new_end > new_start:
            found.append(Piece("come", _text(new[new_start:new_end])))
    return tuple(found)


def is_different(pieces: Sequence[Piece]) -> bool:
    """Tell whether pieces say that anything is gone or has come."""
    return any(piece.kind != "same" for piece in pieces)


def _words(found: Sequence[re.Match[str]]) -> list[str]:
    return [match[1] for match in found]


def _text(found: Sequence[re.Match[str]]) -> str:
    return "".join(match[0] for match in found)


def _space(last: re.Match[str]) -> str:
    return last[0][len(last[1]) :]


def _shortened(found: Sequence[re.Match[str]], context: int, *, first: bool, last: bool) -> str:
    """Return a stretch without its middle; of the first and the last one, without what is far from any change."""
    head, tail = 0 if first else context, 0 if last else context
    if len(found) <= head + tail + context:
        return _text(found)
    cut = _CUT.strip() if first and last else _CUT.lstrip() if first else _CUT.rstrip() if last else _CUT
    return _text(found[:head]).rstrip() + cut + _text(found[len(found) - tail :])


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[_Step]:
    """Yield the steps from one text to the other, neighbours of one kind as one."""
    for kind, group in groupby(_small_steps(old, new), key=lambda step: step[0]):
        steps = list(group)
        yield kind, steps[0][1], steps[-1][2], steps[0][3], steps[-1][4]


def _small_steps(old: Sequence[str], new: Sequence[str]) -> Iterator[_Step]:
    """Yield the steps between places that are surely the same, and these.

    The time that the comparison of two stretches takes grows with the product of their lengths; between such places
    they are short.
    """
    was, is_now = 0, 0
    for place, new_place in (*_anchors(old, new), (len(old), len(new))):
        yield from _within(old, new, (was, place, is_now, new_place))
        if place < len(old):
            yield "same", place, place + 1, new_place, new_place + 1
        was, is_now = place + 1, new_place + 1


def _within(old: Sequence[str], new: Sequence[str], at: tuple[int, int, int, int]) -> Iterator[_Step]:
    start, end, new_start, new_end = at
    if start == end and new_start == new_end:
        return
    if (end - start) * (new_end - new_start) > _MOST_STEPS:
        yield from _around(old, new, at)
        return
    from rapidfuzz.distance import Levenshtein  # 25 ms

    for step in Levenshtein.opcodes(old[start:end], new[new_start:new_end]):
        kind = "same" if step.tag == "equal" else "changed"
        yield (
            kind,
            start + step.src_start,
            start + step.src_end,
            new_start + step.dest_start,
            new_start + step.dest_end,
        )


def _around(old: Sequence[str], new: Sequence[str], at: tuple[int, int, int, int]) -> Iterator[_Step]:
    """Yield what the two stretches begin and end with alike, and what is between as changed."""
    start, end, new_start, new_end = at
    most = min(end - start, new_end - new_start)
    ahead = next((step for step in range(most) if old[start + step] != new[new_start + step]), most)
    most -= ahead
    behind = next((step for step in range(most) if old[end - 1 - step] != new[new_end - 1 - step]), most)
    yield "same", start, start + ahead, new_start, new_start + ahead
    yield "changed", start + ahead, end - behind, new_start + ahead, new_end - behind
    yield "same", end - behind, end, new_end - behind, new_end


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return places of the two texts where a run of words begins that either has once, in the order of both."""
    places, new_places = _runs(old), _runs(new)
    pairs = [(place, new_places[run]) for run, place in places.items() if run in new_places]
    return _rising(pairs)


def _runs(words: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Return where each run of words begins that stands once."""
    runs = list(zip(*(words[start:] for start in range(_RUN)), strict=False))
    counts = Counter(runs)
    return {run: place for place, run in enumerate(runs) if counts[run] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest choice of pairs, sorted by their first, in which the second rises as well."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, value) in enumerate(pairs):
        length = bisect_left(tails, value)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [value]
        ends[length : length + 1] = [index]
    chosen = []
    index = ends[-1] if ends else -1
    while index >= 0:
        chosen.append(pairs[index])
        index = before[index]
    return chosen[::-1]
