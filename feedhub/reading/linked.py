"""JSON-LD in pages: what an article, or an event, says of itself in schema.org's words."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from feedhub.model.document import Event
from feedhub.reading import dates, values

_ARTICLES = frozenset(
    "article newsarticle blogposting techarticle reportagenewsarticle report scholarlyarticle socialmediaposting "
    "analysisnewsarticle opinionnewsarticle liveblogposting discussionforumposting".split()
)
_STATUS = {"eventcancelled": "cancelled", "eventpostponed": "tentative", "eventscheduled": "confirmed"}


@dataclass(frozen=True, slots=True)
class Linked:
    """What a page says of itself in JSON-LD, as text; None is what it does not say."""

    title: str | None = None
    authors: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    language: str | None = None
    description: str | None = None
    event: Event | None = None


def linked(scripts: Sequence[str]) -> Linked:
    """Return what scripts say of the one thing that a page is about; nothing of a page that lists several."""
    things = [thing for script in scripts for thing in _things(script)]
    articles = [thing for thing in things if _kinds(thing) & _ARTICLES]
    events = [thing for thing in things if any(kind.endswith("event") for kind in _kinds(thing))]
    for found in (articles, events):
        titles = {_text(thing.get("headline")) or _text(thing.get("name")) for thing in found}
        if len(titles) == 1:
            return _about(found[0], titles.pop(), is_event=found is events)
    return Linked()


def _about(thing: dict[str, Any], title: str | None, *, is_event: bool) -> Linked:
    authors = thing.get("author")
    people = authors if isinstance(authors, list) else [authors]
    names = (_text(one.get("name")) if isinstance(one, dict) else _text(one) for one in people[: values.MOST_OF_A_KIND])
    language = thing.get("inLanguage")
    return Linked(
        title=title,
        authors=tuple(name for name in names if name and "://" not in name),
        published=_text(thing.get("datePublished")),
        updated=_text(thing.get("dateModified")),
        language=_text(language.get("name") if isinstance(language, dict) else language),
        description=_text(thing.get("description")),
        event=_event(thing) if is_event else None,
    )


def _event(thing: dict[str, Any]) -> Event | None:
    starts, ends = dates.moment(thing.get("startDate")), dates.moment(thing.get("endDate"))
    if starts is None:
        return None
    all_day = len(str(thing.get("startDate")).strip()) == 10
    place = thing.get("location")
    status = str(thing.get("eventStatus", "")).rpartition("/")[2].lower()
    last = ends + timedelta(days=1) if ends and all_day else ends
    name = _text(place.get("name") if isinstance(place, dict) else place)
    return Event(starts, last, all_day, name, _STATUS.get(status))


def _things(script: str) -> Iterator[dict[str, Any]]:
    try:
        said = json.loads(script)
    except (ValueError, RecursionError):
        return
    for top in said if isinstance(said, list) else [said]:
        graph = top.get("@graph") if isinstance(top, dict) else None
        for thing in graph if isinstance(graph, list) else [top]:
            if isinstance(thing, dict):
                yield thing


def _kinds(thing: dict[str, Any]) -> set[str]:
    stated = thing.get("@type")
    return {str(kind).rpartition("/")[2].lower() for kind in (stated if isinstance(stated, list) else [stated])}


def _text(stated: object) -> str | None:
    return values.plain(stated)
