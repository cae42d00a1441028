"""Suggesting that what has just come tells what others told lately, in other words: an editor says whether it does."""

from collections.abc import Iterable
from datetime import datetime

from feedhub.model.matching import Told
from feedhub.model.story import Suggestion
from feedhub.rules import likeness
from feedhub.store import likenesses, pairs
from feedhub.store.connection import Database


def suggest(db: Database, told: Iterable[Told], now: datetime) -> None:
    """Look up what may be the same as new entries that are on the desk, and have these found for two weeks."""
    titles = {one.entry: one.said.title for one in told if one.said.title and not (one.changed or one.backlog)}
    if not titles:
        return
    likenesses.forget(db, now.toordinal() - likeness.WINDOW)
    stories = likenesses.on_desk(db, titles)
    for entry, title in titles.items():
        if entry in stories:
            _look_up(db, stories[entry], title, now)
            likenesses.index(db, entry, likeness.pairs(title), now.toordinal())


def _look_up(db: Database, story: int, title: str, now: datetime) -> None:
    near = likenesses.near(db, story, likeness.pairs(title), now.toordinal() - likeness.WINDOW)
    for suggestion in _alike(title, near):
        pairs.suggest(db, story, suggestion, "likeness", now)


def _alike(title: str, near: Iterable[tuple[int, str]]) -> list[Suggestion]:
    """Return the stories that are alike enough to be suggested, each by the title that is most alike."""
    best: dict[int, Suggestion] = {}
    for other, theirs in near:
        found = likeness.compare(title, theirs)
        if found and found.score >= likeness.ENOUGH and (other not in best or found.score > best[other].score):
            best[other] = Suggestion(other, found.score, " ".join(found.words))
    return list(best.values())
