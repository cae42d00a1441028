"""Which entries of a document are new, which changed, which are gone. Deciding twice decides nothing.

In a feed, an entry is known by its id. Ids that repeat in one document, or that are missing, give way to the canonical
link, then to the text. A false match loses an entry for good, a missed one costs an editor a glance: in doubt, new.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from feedhub.model.document import Document, Entry
from feedhub.model.matching import Changed, Decisions, Known, New, Said
from feedhub.model.written import to_json
from feedhub.rules import keys
from feedhub.rules.version import VERSION
from feedhub.text.characters import fold
from feedhub.text.markup import text_of

_MOVED_WITHIN = timedelta(days=14)


def fingerprint(entry: Entry) -> str:
    """Return a hash of what an entry says: equal fingerprints say the same.

    Who wrote it, labels and files do not count: a file may be signed anew for every visit. Fields that are empty are
    left out, so that a field added here later does not change every hash.
    """
    said = {
        "title": entry.title,
        "link": entry.link,
        "published": entry.published and entry.published.isoformat(),
        "updated": entry.updated and entry.updated.isoformat(),
        "summary": entry.summary,
        "content": entry.content,
        "event": entry.event and json.dumps(to_json(entry.event)),
        "status": entry.status,
    }
    text = "\0".join(f"{name}\1{value}" for name, value in said.items() if value)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def said(document: Document) -> tuple[Said, ...]:
    """Return the entries of a document, each once: one id with one link, or without an id link and title, is a copy."""
    once: dict[tuple[str | None, str, str], tuple[Entry, str | None, str]] = {}
    for entry in document.entries:
        place, title = keys.page(entry), title_key(entry)
        own = (entry.id, place or title, "" if entry.id and place else title)
        once.setdefault(own, (entry, place, title))
    pages = Counter(place for _, place, _ in once.values())
    return tuple(_said(entry, place, title, pages) for entry, place, title in once.values())


def said_again(entry: Entry, *, shared: bool) -> Said:
    """Return what these rules make of an entry that is in the store; `shared` says that its page is not its alone."""
    place = keys.page(entry)
    return _said(entry, place, title_key(entry), Counter({place: 1 + shared}))


_json = json.JSONEncoder(ensure_ascii=False).encode


def _said(entry: Entry, place: str | None, title: str, pages: Counter[str | None]) -> Said:
    authors = _json([to_json(person) for person in entry.authors])
    about = keys.about(entry, place, shared=pages[place] > 1)
    return Said(
        id=entry.id,
        title=entry.title,
        link=entry.link,
        authors=authors,
        published=entry.published,
        updated=entry.updated,
        text=_json(to_json(entry)),
        page=place,
        title_key=title,
        fingerprint=fingerprint(entry),
        keys=about,
        mentions=keys.mentioned(entry, about),
        version=VERSION,
    )


def title_key(entry: Entry) -> str:
    """Return the title as it is compared, or the first words of the text, or the first file, where there is none."""
    file = entry.enclosures[0].url if entry.enclosures else ""
    return fold(entry.title or "") or fold(text_of(entry.text))[:200] or file


def decide(now: Sequence[Said], known: Iterable[Known]) -> Decisions:
    """Compare what a feed says now with what it said before."""
    known = tuple(known)
    if not known:
        return Decisions(new=tuple(map(New, now)), changed=(), gone=(), back=(), gap=False)
    matches = _match(now, known)
    taken = {old.number for old in matches.values()}
    here = [old for old in known if old.number in taken]
    present = {old.number for old in known if old.gone_since is None}
    unknown = [told for place, told in enumerate(now) if place not in matches]
    follows = _republished(unknown, [old for old in known if old.number not in taken], here)
    return Decisions(
        new=tuple(New(told, follows.get(told.title_key)) for told in unknown),
        changed=tuple(
            Changed(old.number, now[place])
            for place, old in matches.items()
            if old.fingerprint != now[place].fingerprint
        ),
        renewed=tuple(
            Changed(old.number, now[place])
            for place, old in matches.items()
            if old.fingerprint == now[place].fingerprint and old.version != now[place].version
        ),
        gone=tuple(sorted(present - taken)),
        back=tuple(old.number for old in here if old.gone_since is not None),
        gap=bool(present and now) and present.isdisjoint(taken),
    )


def _match(now: Sequence[Said], known: Sequence[Known]) -> dict[int, Known]:
    """Pair what is said, by its place in the document, with known entries: each at most once, best evidence first."""
    ids = Counter(told.id for told in now)
    pages = Counter(told.page for told in now)
    known_ids = {old.id for old in known}
    matches: dict[int, Known] = {}
    free = {old.number: old for old in known}

    def pair(index: Mapping[str | None, Sequence[Known]], name: str | None, place: int) -> None:
        candidates = [old for old in index.get(name, ()) if old.number in free]
        candidates = [old for old in candidates if not _another_article(now[place], old)]
        if name and place not in matches and candidates:
            best = max(candidates, key=lambda old: _likeness(now[place], old))
            matches[place] = free.pop(best.number)

    by_id = _index(known, lambda old: old.id)
    by_page = _index(known, lambda old: old.page)
    by_words = _index(known, lambda old: f"{old.id} {old.page} {old.title_key}")
    for place, told in enumerate(now):
        pair(by_id, told.id if ids[told.id] == 1 else None, place)
    for place, told in enumerate(now):
        if told.id is None or ids[told.id] > 1 or told.id not in known_ids:
            pair(by_page, told.page if pages[told.page] == 1 else None, place)
    for place, told in enumerate(now):
        if (told.id is None or ids[told.id] > 1) and (told.page is None or pages[told.page] > 1):
            pair(by_words, f"{told.id} {told.page} {told.title_key}", place)
    return matches


def _index(known: Sequence[Known], name: Callable[[Known], str | None]) -> dict[str | None, list[Known]]:
    index: dict[str | None, list[Known]] = defaultdict(list)
    for old in known:
        index[name(old)].append(old)
    return index


def _another_article(told: Said, old: Known) -> bool:
    """Tell whether an id was used again for something else: page, title and date are other ones."""
    moved = told.page and old.page and told.page != old.page
    renamed = told.title_key and old.title_key and told.title_key != old.title_key
    same_date = told.published is not None and told.published == old.published
    return bool(moved and renamed and not same_date)


def _likeness(told: Said, old: Known) -> tuple[bool, bool, bool, int]:
    return (told.page == old.page, told.title_key == old.title_key, old.gone_since is None, old.number)


def _republished(unknown: Sequence[Said], vanished: Sequence[Known], here: Sequence[Known]) -> dict[str, int]:
    """Find, by title, the entries that were published again under another id and link, as by a new date in it.

    kubernetes.io did it on 2019-12-06: same title, the link of the day before gone. An entry that merely rolled off the
    end of its feed's window does not count: something older must still be there, or the date be the very same.
    """
    oldest = min((old.published for old in here if old.published), default=None)
    before: dict[str, list[Known]] = defaultdict(list)
    for old in vanished:
        before[old.title_key].append(old)
    titles = Counter(told.title_key for told in unknown)
    follows = {}
    for told in unknown:
        last = _last_gone(before.get(told.title_key, ()))
        if last is not None and told.title_key and titles[told.title_key] == 1 and _moved(told.published, last, oldest):
            follows[told.title_key] = last.number
    return follows


def _last_gone(candidates: Sequence[Known]) -> Known | None:
    """Return the one that vanished last, now if possible; None when that is not one alone."""
    now = [old for old in candidates if old.gone_since is None]
    last = max((old.gone_since for old in candidates if old.gone_since), default=None)
    found = now or [old for old in candidates if old.gone_since == last]
    return found[0] if len(found) == 1 else None


def _moved(published: datetime | None, old: Known, oldest: datetime | None) -> bool:
    if published is None or old.published is None:
        return False
    in_the_midst = oldest is not None and old.published > oldest
    return published == old.published or (in_the_midst and abs(published - old.published) <= _MOVED_WITHIN)
