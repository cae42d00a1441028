"""What the rules of feeds.yaml, `releases:` and likeness say of entries that have just come, and what comes of it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from feedhub.model.feed import FeedState
from feedhub.model.hub import Hub
from feedhub.model.matching import Decision, Told
from feedhub.pollers import likenesses, releasing
from feedhub.rules import ruling, tagging
from feedhub.rules.ruling import Seen
from feedhub.rules.tagging import Hit, Saying
from feedhub.store import decisions, rules
from feedhub.store.connection import Database


def judge(db: Database, hub: Hub, feed: FeedState, told: Sequence[Told], now: datetime) -> int:
    """Apply the rules to what came; return how many new entries they keep off the desk."""
    hits = _hits(db, hub, feed, told)
    homes = rules.homes(db, hits)
    for one in told:
        if one.entry in hits:
            _apply(db, homes[one.entry], one, hits[one.entry], now)
    uncounted = releasing.judge(db, hub.newsletter, feed, told, now)
    kept = {*uncounted, *(entry for entry, found in hits.items() if ruling.hiding(found))}
    _show(db, [one for one in told if not one.began and not one.held and one.entry not in kept], now)
    likenesses.suggest(db, told, now)
    new = [one.entry for one in told if not (one.changed or one.backlog or one.held)]
    return rules.count_hidden(db, kept.intersection(new))


def _hits(db: Database, hub: Hub, feed: FeedState, told: Sequence[Told]) -> dict[int, tuple[Hit, ...]]:
    """Return the rules that match each entry, where any does."""
    if not (told and hub.rules):
        return {}
    book = tagging.of_feed(tagging.read(hub.rules), feed.feed.name)
    found = (
        (one.entry, tagging.decide(book, Saying(one.said, feed.feed.name, partial(rules.tags, db, one.story))))
        for one in told
    )
    return {entry: hits for entry, hits in found if hits}


def _apply(db: Database, story: int, told: Told, hits: Sequence[Hit], now: datetime) -> None:
    """Do to a story what the rules say that match an entry; those that said it of the story before do not again."""
    before = frozenset[str]() if told.began else rules.matched(db, story)
    hides = ruling.hiding(hits)
    said: list[Decision] = []
    for hit in hits:
        seen, is_new = Seen(told.entry, hit), hit.rule.name not in before
        done = _mark(db, story, seen) if is_new else []
        if hit is hides and hit.rule.hide and rules.hide(db, story, told.entry, hit.rule.hide, seen.by):
            done.append("hidden")
        elif hit is hides and not told.changed and rules.hush(db, story, told.entry, now):
            done.append("no news")
        said += [seen.decided(story, what) for what in done or (["matched"] if is_new else [])]
    decisions.record(db, said, now)


def _mark(db: Database, story: int, seen: Seen) -> list[str]:
    """Tag, score and route a story as a rule says, and return what that was."""
    rule = seen.hit.rule
    done = [f"tag {term}" for term in rule.tags if rules.tag(db, story, term, seen.by)]
    if rule.score:
        rules.score(db, story, rule.score)
        done.append(f"score {rule.score}")
    if rule.section and rules.route(db, story, rule.section):
        done.append(f"section {rule.section}")
    return done


def _show(db: Database, visible: Sequence[Told], now: datetime) -> None:
    """Bring stories back that are hidden, and have an entry now that is not; a new text alone ends no hold."""
    homes = rules.homes(db, (one.entry for one in visible))
    hidden = rules.hidden(db, homes.values())
    for one in visible:
        story = homes[one.entry]
        if not (one.changed or one.backlog):
            rules.to_desk(db, story)
        by = hidden.pop(story, None)
        if by and not (one.changed and by == "hold"):
            rules.show(db, story)
            decisions.record(db, [Decision(story, one.entry, by, "shown")], now)
