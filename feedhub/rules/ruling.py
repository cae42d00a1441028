"""What the rules that match make of a story: its tags, points and section, and whether it is kept off the desk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from feedhub.model.matching import Decision
from feedhub.model.ruling import Amendment, Ruled, Tag
from feedhub.rules.tagging import Hit

_MOST = 1_000

Parts = Sequence[tuple[int, Sequence[Hit]]]
"""The entries of a story, the primary one first, each with the rules that match it."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A rule that matches, and in which entry."""

    entry: int
    hit: Hit

    @property
    def by(self) -> str:
        """Who decides what the rule says."""
        return f"rule {self.hit.rule.name}"

    def decided(self, story: int, what: str) -> Decision:
        """Return what the rule decided about a story, as `why` tells it."""
        return Decision(story, self.entry, self.by, what, self.hit.matched)


def hiding(hits: Iterable[Hit]) -> Hit | None:
    """Return the first rule that hides an entry; None when none does."""
    return next((hit for hit in hits if hit.rule.hide), None)


def amended(ruled: Ruled, parts: Parts, order: Sequence[str]) -> Amendment | None:
    """Return what applying the rules changes on a story; None for nothing. `order` are all rules, by their names.

    What a rule gave that gives it no more is taken back; what editors did stays.
    """
    seen = _once(parts)
    found = [seen[name] for name in order if name in seen]
    add, drop, tagged = _tags(ruled, found)
    score, scored = _score(ruled, found)
    section, routed = _section(ruled, found)
    hidden, hidden_by, kept = _hidden(ruled, parts)
    decisions = (*tagged, *scored, *routed, *kept)
    if not decisions:
        return None
    return Amendment(ruled, decisions, add, drop, score, section, hidden, hidden_by)


def _once(parts: Parts) -> dict[str, Seen]:
    """Return, by its name, each rule that matches an entry of a story, and where it did first."""
    found: dict[str, Seen] = {}
    for entry, hits in parts:
        for hit in hits:
            found.setdefault(hit.rule.name, Seen(entry, hit))
    return found


def _tags(ruled: Ruled, found: Sequence[Seen]) -> tuple[tuple[tuple[str, str], ...], tuple[Tag, ...], list[Decision]]:
    """Return the tags that rules give now, and by which; those that none gives any more; and what this is."""
    given = {term: one for one in reversed(found) for term in one.hit.rule.tags}
    known = {tag.term for tag in ruled.tags}
    add = [term for term in given if term not in known]
    drop = [tag for tag in ruled.tags if tag.by.startswith("rule ") and tag.term not in given and not tag.removed]
    said = [given[term].decided(ruled.story, f"tag {term}") for term in add]
    said += [Decision(ruled.story, None, tag.by, f"no tag {tag.term}") for tag in drop]
    return tuple((term, given[term].by) for term in add), tuple(drop), said


def _score(ruled: Ruled, found: Sequence[Seen]) -> tuple[int, list[Decision]]:
    score = max(-_MOST, min(_MOST, sum(one.hit.rule.score for one in found)))
    if score == ruled.score:
        return score, []
    scoring = [one for one in found if one.hit.rule.score and one.hit.rule.name not in ruled.matched]
    said = [one.decided(ruled.story, f"score {one.hit.rule.score}") for one in scoring]
    return score, said or [Decision(ruled.story, None, "rules", f"score {score} in all")]


def _section(ruled: Ruled, found: Sequence[Seen]) -> tuple[str | None, list[Decision]]:
    """Return where the first rule that routes the story has it go; where an editor has it go, it stays."""
    route = next((one for one in found if one.hit.rule.section), None)
    section = route.hit.rule.section if route else None
    if section == ruled.section or (ruled.section and not ruled.is_routed):
        return ruled.section, []
    said = route.decided(ruled.story, f"section {section}") if route else None
    return section, [said or Decision(ruled.story, None, "rules", "no section")]


def _hidden(ruled: Ruled, parts: Parts) -> tuple[str | None, str | None, list[Decision]]:
    """Return why a story is kept off the desk, by what, and what is new in that: rules hide all of its entries."""
    hits = [(entry, hiding(found)) for entry, found in parts]
    hides = [Seen(entry, hit) for entry, hit in hits if hit]
    hides_all = bool(parts) and len(hides) == len(parts)
    by_rule = ruled.hidden is not None and (ruled.hidden_by or "").startswith("rule ")
    if by_rule and not hides_all:
        return None, None, [Decision(ruled.story, entry, ruled.hidden_by or "", "shown") for entry, _ in parts]
    if not hides_all or ruled.settled or ruled.hidden_by:
        return ruled.hidden, ruled.hidden_by, []
    return hides[0].hit.rule.hide, hides[0].by, [one.decided(ruled.story, "hidden") for one in hides]
