"""Adding what is in no feed: a story of its own, with all that is done to it at once, in one act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from feedhub.editors import marks, notes, picks
from feedhub.editors.desk import Desk
from feedhub.editors.notes import Writing
from feedhub.model.document import Document, Entry, Head
from feedhub.model.matching import Said, Told
from feedhub.model.places import Place
from feedhub.rules import identity
from feedhub.store import byhand
from feedhub.store.acts import Acting
from feedhub.store.connection import writing
from feedhub.text.links import is_front_page, page


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is to be done with a story as soon as it is there; `place` is where to pick it into, or where it belongs."""

    tags: tuple[str, ...] = ()
    note: str | None = None
    pick: bool = False
    place: Place | None = None

    def __bool__(self) -> bool:
        return bool(self.tags or self.note or self.pick or self.place)


def known(desk: Desk, entry: Entry, addresses: Sequence[str] = ()) -> list[int]:
    """Return the stories that tell what an entry tells already: that lead where it leads, or are about the same.

    One that was added by hand and taken back does not: adding it again brings it back.
    """
    said = _said(entry, addresses)
    back = byhand.taken_back(desk.db, said)
    return [story for story in byhand.known(desk.db, said.keys) if back is None or story != back.story]


def add(desk: Desk, entry: Entry, addresses: Sequence[str], wishes: Wishes) -> Told:
    """Make a story of an entry, or bring back the one that was taken back; do with it what is wished, in one act."""
    said = _said(entry, addresses)
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        told = byhand.taken_back(desk.db, said) or _begin(desk, said)
        acting.change("stories", told.story, state="new", reason=None)
        _fulfil(acting, desk, told.story, wishes)
        acting.done(f"add {entry.link or entry.title}", [told.story])
    return told


def _begin(desk: Desk, said: Said) -> Told:
    return byhand.add(desk.db, desk.hub.newsletter.id, said, desk.editor, desk.now)


def fulfil(desk: Desk, story: int, wishes: Wishes) -> None:
    """Do what is wished with a story that is there already, in one act."""
    with writing(desk.db):
        acting = Acting(desk.db, desk.editor, desk.now)
        _fulfil(acting, desk, story, wishes)
        acting.done("add", [story])


def _fulfil(acting: Acting, desk: Desk, story: int, wishes: Wishes) -> None:
    terms = [marks.term_of(desk.hub, term, create=False) for term in wishes.tags]
    marks.put_tags(acting, [story], terms)
    if wishes.note:
        language = desk.hub.newsletter.language
        notes.put(acting, story, Writing(wishes.note, append=True), language)
    if wishes.place:
        acting.change("stories", story, section=wishes.place.path)
    if wishes.pick:
        picks.put(acting, desk, [story], wishes.place)


def _said(entry: Entry, addresses: Sequence[str]) -> Said:
    """Return an entry as the store keeps it, known by all of its addresses."""
    (said,) = identity.said(Document(Head(), (entry,), "page"))
    pages = [key for key in map(page, addresses) if key and not is_front_page(key)]
    return replace(said, keys=tuple(dict.fromkeys((*said.keys, *pages))))
