"""add: a story that is in no feed."""

import re
import shlex
from dataclasses import replace
from datetime import datetime
from typing import Any

import click

from feedhub.cli import lines as story_lines
from feedhub.cli.output import hint, say, say_json
from feedhub.cli.params import JSON, Day
from feedhub.cli.session import Session
from feedhub.cli.subscribing import Listed
from feedhub.cli.way_out import way_out
from feedhub.config.keys import LANGUAGE
from feedhub.editors import adding, marks
from feedhub.editors.adding import Wishes
from feedhub.errors import UsageError
from feedhub.model.document import Entry, Person
from feedhub.model.feed import Failed
from feedhub.model.hub import in_language
from feedhub.model.page import Page
from feedhub.model.places import place_of
from feedhub.pollers import adding as visiting
from feedhub.pollers.feeds import check_contact
from feedhub.store import stories
from feedhub.text.addresses import is_web, normal, shown, web_address
from feedhub.text.characters import one_line, storable


@click.command("add")
@click.argument("url", required=False, metavar="[URL]")
@click.option("--title", metavar="T", help="Its title (the page's).")
@click.option("--author", "authors", multiple=True, metavar="NAME", help="Who wrote it; may stand several times.")
@click.option("--date", "published", type=Day(), help="When it was published: 2019-12-09, or a time.")
@click.option("--language", metavar="L", help="The language that it is in (BCP 47).")
@click.option("--section", "path", metavar="PATH", help="Where it goes, such as 上游重要进展/Kubernetes.")
@click.option("--tag", "tags", multiple=True, metavar="T", help="Give it this tag; may stand several times.")
@click.option("--note", metavar="TEXT", help="Commentary on it (Markdown), added to what is there.")
@click.option("--pick", is_flag=True, help="Put it into the open issue at once.")
@click.option("--no-fetch", is_flag=True, help="Do not visit the page; --title says what it is.")
@JSON
@click.pass_obj
def add_command(session: Session, /, url: str | None, as_json: bool, **options: Any) -> None:
    """Add a story that is in no feed: an article, a page of a conference, or a title alone.

    Title, author, date, link and language are what the page states; what it does not state is left out, and options go
    before it. What is known already is said to be, and --tag, --note, --section and --pick then work on that story.

    \b
    Example:
      feedhub add https://mp.weixin.qq.com/s/Hb3fVqNBkzDdjMz2kDyYNQ --section 业界要闻 --pick
    """
    address = _address(url) if url else None
    if address is None and not options["title"]:
        raise UsageError("say what to add: a URL, or a --title")
    wishes, stated = _wishes(session, options), _stated(address, options)
    there = adding.known(session.desk, stated) if address else []
    found, trouble = Page(stated), None
    if address and not there:
        found, trouble = _page(session, address, stated, fetch=not options["no_fetch"])
        there = adding.known(session.desk, found.entry, found.addresses)
    if there:
        _fulfil(session, there, wishes)
        number = there[0]
    else:
        told = adding.add(session.desk, found.entry, found.addresses, wishes)
        visiting.compare(session.db, told, session.now)
        number = told.story
    _say(session, number, found, known=bool(there), trouble=trouble, as_json=as_json)


def _address(written: str) -> str:
    """Return the address that somebody means; UsageError for one that is none, or that no reader should see."""
    url = web_address(written)
    url = url if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d+(?:/|$))", url) else f"https://{url}"
    if not is_web(url) or not url.isprintable() or " " in url:
        raise UsageError(f"{shown(written)!r} is refused: only http and https addresses are visited")
    if re.match(r"[^/]*//[^/?#]*@", url):
        raise UsageError(f"{shown(written)!r} has a name or a password in it, which readers of the issue would get")
    return (url if url.isascii() else normal(url) or url).replace("$", "%24")


def _wishes(session: Session, options: dict[str, Any]) -> Wishes:
    """Return what is to be done with the story; UsageError for what cannot be done, before anybody is visited."""
    sections = session.hub.newsletter.sections
    place = place_of(session.hub, options["path"], create=not sections) if options["path"] else None
    if options["pick"] and sections and place is None:
        titles = ", ".join(in_language(known.titles, "") for known in sections)
        raise UsageError(f"where does it go? name one with --section: {titles}")
    tags = tuple(marks.term_of(session.hub, term, create=False) for term in options["tags"])
    return Wishes(tags, options["note"], options["pick"], place)


def _stated(address: str | None, options: dict[str, Any]) -> Entry:
    """Return what the options say of the story."""
    language: str | None = options["language"]
    if language and not re.fullmatch(LANGUAGE.pattern or "", language):
        raise UsageError(f"{language!r} is not {LANGUAGE.says}")
    title = " ".join(storable(options["title"] or "").split())
    authors = tuple(Person(" ".join(storable(name).split())) for name in options["authors"] if name.strip())
    published: datetime | None = options["published"]
    return Entry(title=title or None, link=address, authors=authors, published=published, language=language)


def _page(session: Session, address: str, stated: Entry, *, fetch: bool) -> tuple[Page, str | None]:
    """Return what is known of a page, and what was wrong with it; UsageError when nobody says what it is called."""
    if not fetch:
        if stated.title is None:
            raise UsageError("without a visit nobody knows what it is called; give it a --title")
        return Page(stated), None
    check_contact(session.hub)
    found = visiting.look(address, way_out(session))
    if isinstance(found, Failed):
        if stated.title is None:
            raise UsageError(f"{shown(address)}: {found.reason}; say yourself what it is: --title (--author, --date)")
        return Page(stated), found.reason
    entry = found.entry
    said = {
        name: getattr(stated, name) or getattr(entry, name) for name in ("title", "authors", "published", "language")
    }
    if said["title"] is None:
        raise UsageError(f"{shown(address)} states no title; give it one with --title")
    return replace(found, entry=replace(entry, **said)), None


def _fulfil(session: Session, there: list[int], wishes: Wishes) -> None:
    if wishes and len(there) > 1:
        raise UsageError(f"stories {', '.join(map(str, there))} tell it already; work on one of them by its number")
    if wishes:
        adding.fulfil(session.desk, there[0], wishes)


def _say(session: Session, number: int, found: Page, *, known: bool, trouble: str | None, as_json: bool) -> None:
    (story,) = stories.get(session.db, [number])
    listed = found.feed is None or Listed(session).twin(found.feed) is not None
    if as_json:
        said = {"known": known, "language": story.primary.language, "feed_url": found.feed, "trouble": trouble}
        say_json(story_lines.story_json(story) | said)
    else:
        say(f"{number} {'has it already' if known else 'is new'}: {one_line(story.title)} ({story.state})")
        for other in story.suggested:
            hint(f"{other.story} may tell the same: feedhub merge {number} {other.story}")
    if trouble:
        hint(f"the page itself could not be read: {trouble}")
    if found.feed and not listed:
        hint(f"its feed is not listed yet: feedhub feed add {shlex.quote(shown(found.feed))}")
