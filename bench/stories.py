"""Report how well stories are told apart: by keys, which merge entries, and by likeness, which suggests it.

    python bench/stories.py MATERIAL [--errors]

MATERIAL is the folder of the documents that labels/pairs.jsonl names. What counts is pairs of different feeds: in one
feed entries are told apart by their ids, a shared link merges nothing there, and likeness suggests nothing.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path

import labelled
from labelled import LABELS, Pair

from feedhub.rules import likeness

THRESHOLDS = (50, likeness.ENOUGH, 75)


def shares_key(pair: Pair) -> bool:
    """Tell whether a key makes one story of two entries, when two feeds told them."""
    return bool(set(pair.one.said.keys) & set(pair.other.said.keys))


def score(pair: Pair) -> int:
    """Return how alike two entries are that have no key in common; 0 where nobody would compare them."""
    one, other = pair.one, pair.other
    is_far = one.day and other.day and abs((one.day - other.day).days) > likeness.WINDOW
    if shares_key(pair) or is_far or not set(likeness.pairs(one.title)) & set(likeness.pairs(other.title)):
        return 0
    found = likeness.compare(one.title, other.title)
    return found.score if found else 0


def row(name: str, pairs: Sequence[Pair], is_found: Callable[[Pair], bool]) -> str:
    """Return how many pairs are found, what of them is right, and what of the same is found, as a row of a table."""
    found = Counter(pair.label for pair in pairs if is_found(pair))
    same = sum(pair.label == "same" for pair in pairs)
    right = 100 * found["same"] / (found.total() or 1)
    counts = " | ".join(str(found[label]) for label in LABELS)
    return f"| {name} | {counts} | {right:.1f} % | {100 * found['same'] / (same or 1):.1f} % |"


def report(pairs: Sequence[Pair]) -> Iterable[str]:
    """Return the tables: what merges and what is suggested, between feeds, for the hard pairs, and in one feed."""
    between = [pair for pair in pairs if pair.one.feed != pair.other.feed]
    yield from table("between feeds", between)
    yield from table("of these, hard", [pair for pair in between if pair.hard])
    yield from by_reason(between)
    yield from table(
        "of one feed, as if two had told them", [pair for pair in pairs if pair.one.feed == pair.other.feed]
    )


def table(name: str, pairs: Sequence[Pair]) -> Iterable[str]:
    """Return how well some pairs are told apart, as a table."""
    scores = {pair.number: score(pair) for pair in pairs}
    left = [pair for pair in pairs if not shares_key(pair)]
    yield f"\n{len(pairs)} pairs {name}:\n"
    yield "| | same | related | different | precision | recall |"
    yield "|---|---:|---:|---:|---:|---:|"
    yield row("all", pairs, lambda _: True)
    yield row("merged by a key", pairs, shares_key)
    for least in THRESHOLDS:
        yield row(f"of the rest, likeness of {least}", left, partial(is_alike, scores, least))
    yield row("merged or suggested", pairs, lambda pair: shares_key(pair) or is_alike(scores, likeness.ENOUGH, pair))


def by_reason(pairs: Sequence[Pair]) -> Iterable[str]:
    """Return, for each thing that makes pairs hard, what is found of the same, and what besides, as a table."""
    yield "\nHard pairs between feeds, by what makes them so:\n"
    yield "| | same | merged | suggested | not the same | merged | suggested |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for reason in sorted({pair.hard for pair in pairs if pair.hard}):
        cells = []
        for is_same in (True, False):
            chosen = [pair for pair in pairs if pair.hard == reason and (pair.label == "same") == is_same]
            alike = sum(score(pair) >= likeness.ENOUGH for pair in chosen)
            cells += [len(chosen), sum(map(shares_key, chosen)), alike]
        yield f"| {reason} | " + " | ".join(map(str, cells)) + " |"


def is_alike(scores: dict[int, int], least: int, pair: Pair) -> bool:
    """Tell whether a pair has at least such a score."""
    return scores[pair.number] >= least


def errors(pairs: Iterable[Pair]) -> Iterable[str]:
    """Return the pairs that are found and not the same, or the same and not found."""
    for pair in pairs:
        found = "merged" if shares_key(pair) else "suggested" if score(pair) >= likeness.ENOUGH else "not found"
        if pair.one.feed != pair.other.feed and (pair.label == "same") == (found == "not found"):
            yield f"{pair.number}: {pair.label} ({pair.hard or 'easy'}), {found}: {pair.one.title} | {pair.other.title}"


def agreement(pairs: Iterable[Pair]) -> Iterable[str]:
    """Return how far two people agree on the labels, where there are second ones."""
    second = labelled.second_labels()
    both = [(pair.label, second[pair.number]) for pair in pairs if pair.number in second]
    if both:
        binary = [(str(one == "same"), str(other == "same")) for one, other in both]
        for name, told in (("same, related or different", both), ("same or not", binary)):
            agreed = sum(one == other for one, other in told)
            part, beyond = 100 * agreed / len(told), labelled.kappa(told)
            yield f"Two people agree on {agreed} of {len(told)} pairs ({part:.1f} %, kappa {beyond:.2f}): {name}"


def main() -> None:
    """Report on the material that the arguments name."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("material", type=Path)
    parser.add_argument("--errors", action="store_true", help="list the pairs that are got wrong")
    asked = parser.parse_args()
    pairs = labelled.read(asked.material)
    for line in (*agreement(pairs), *report(pairs), *(errors(pairs) if asked.errors else ())):
        print(line)


if __name__ == "__main__":
    main()
