"""Rules over what is stored: what one would find, what all of them would change, and changing it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from feedhub.editors.desk import Desk
from feedhub.model.hub import Rule
from feedhub.model.ruling import Amendment, Part, Ruled
from feedhub.rules import ruling, tagging
from feedhub.rules.ruling import Parts
from feedhub.rules.tagging import Hit, Rulebook, Saying
from feedhub.store import decisions
from feedhub.store import rules as store
from feedhub.store.acts import Acting
from feedhub.store.connection import Database, writing

_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Finding:
    """A story that a rule finds, or found before and does not find now, and what applying it would do there."""

    story: int
    title: str
    matched: str | None
    """What it sees; None when it does not match any more."""
    is_new: bool
    does: tuple[str, ...]


def attempt(db: Database, rules: Sequence[Rule], name: str, since: datetime) -> Iterator[Finding]:
    """Yield what one of the rules finds among the stories since, and what it found before and finds no more."""
    for ruled, parts, amendment in _judged(db, rules, since=since):
        hit = next((hit for _, hits in parts for hit in hits if hit.rule.name == name), None)
        if hit or name in ruled.matched:
            said = amendment.decisions if amendment else ()
            does = dict.fromkeys(one.what for one in said if one.by == f"rule {name}")
            matched = hit.matched if hit else None
            yield Finding(ruled.story, ruled.title, matched, name not in ruled.matched, tuple(does))


def plan(db: Database, rules: Sequence[Rule], among: Iterable[int] | None = None) -> Iterator[Amendment]:
    """Yield what applying the rules would change on stored stories, or on these."""
    for _, _, amendment in _judged(db, rules, among=among):
        if amendment:
            yield amendment


def apply(desk: Desk) -> tuple[Amendment, ...]:
    """Apply the rules of feeds.yaml to what is stored, and return what that changed.

    It is one act, or, since others must not wait long for their turn to write, one for each so many stories.
    """
    wanted = [one.ruled.story for one in plan(desk.db, desk.hub.rules)]
    changed: list[Amendment] = []
    for start in range(0, len(wanted), _AT_ONCE):
        changed += _apply_to(desk, wanted[start : start + _AT_ONCE])
    return tuple(changed)


def _apply_to(desk: Desk, wanted: Sequence[int]) -> list[Amendment]:
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        # Looking through all stories takes long, and editors have gone on meanwhile: these few are looked at again.
        found = list(plan(desk.db, desk.hub.rules, wanted))
        for one in found:
            _apply(acting, one)
        acting.done("rule apply", [one.ruled.story for one in found])
    return found


def _judged(
    db: Database, rules: Sequence[Rule], since: datetime | None = None, among: Iterable[int] | None = None
) -> Iterator[tuple[Ruled, Parts, Amendment | None]]:
    """Yield each story with the rules that match its entries, and what these change."""
    order = [rule.name for rule in rules]
    book = tagging.read(tuple(rules))
    of_feed = cache(partial(tagging.of_feed, book))
    for ruled, told in store.stored(db, since, among):
        parts = [(part.entry, _hits(of_feed(part.feed), ruled, part)) for part in told]
        yield ruled, parts, ruling.amended(ruled, parts, order)


def _hits(book: Rulebook, ruled: Ruled, part: Part) -> tuple[Hit, ...]:
    """Return the rules that match an entry; of its story's tags they see those that no rule gave."""
    own = [tag.term for tag in ruled.tags if not tag.removed and not tag.by.startswith("rule ")]
    return tagging.decide(book, Saying(part.said, part.feed, lambda: own))


def _apply(acting: Acting, one: Amendment) -> None:
    story = one.ruled.story
    for term, by in one.add:
        acting.add("tags", {"story": story, "term": term, "by": by})
    for tag in one.drop:
        acting.remove("tags", tag.row)
    values = {"score": one.score, "section": one.section, "hidden": one.hidden, "hidden_by": one.hidden_by}
    acting.change("stories", story, **values)
    decisions.record(acting.db, one.decisions, acting.now)
