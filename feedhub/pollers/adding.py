"""Looking at a page that is to become a story: what it states of itself, or why that cannot be told."""

from dataclasses import replace
from datetime import datetime

from feedhub.model.feed import Failed, NoResponse, Request, Response
from feedhub.model.matching import Told
from feedhub.model.page import Page
from feedhub.pollers import likenesses
from feedhub.pollers.feeds import Visit
from feedhub.pollers.readers import Readers
from feedhub.reading import walls
from feedhub.reading.cited import ACCEPT
from feedhub.store.connection import Database, writing
from feedhub.text.links import is_front_page, page

_PATIENCE = 1.0


def look(address: str, visit: Visit) -> Page | Failed:
    """Visit a page and read what it states; Failed says why nothing can be said of it."""
    answers = [answer for answer in visit([Request(address, (("Accept", ACCEPT),))], lambda _: True) if answer]
    response = answers[0][1] if answers else NoResponse("it was not visited")
    trouble = refused(address, response)
    if trouble or isinstance(response, NoResponse):
        return Failed(trouble or "")
    with Readers[str](most=1) as readers:
        readers.read(address, response, "page")
        read: list[Page | Failed] = []
        while readers:
            read.extend(found for _, found in readers.ready(_PATIENCE))
    (found,) = read
    if isinstance(found, Page) and found.entry.link != address:
        return replace(found, addresses=tuple(dict.fromkeys((address, *found.addresses))))
    return found


def compare(db: Database, told: Told, now: datetime) -> None:
    """Suggest, of what an editor added, which stories may be the same, and have it suggested for later ones."""
    with writing(db):
        likenesses.suggest(db, [told], now)


def refused(asked: str, response: Response | NoResponse) -> str | None:
    """Say why an answer is not the page that was asked for, as far as its head and its address tell."""
    if isinstance(response, NoResponse):
        return response.reason
    if response.status != 200:
        return f"HTTP {response.status}"
    if walls.leads_away(asked, response.url):
        return "a login stands before it"
    if is_front_page(page(response.url) or "") and not is_front_page(page(asked) or ""):
        return "it leads to the front page of its site"
    return None if response.body.strip() else "the page is empty"
