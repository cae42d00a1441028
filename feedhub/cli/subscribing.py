"""What the commands share that write feeds into feeds.yaml: which are there, what new ones are called, the writing."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from feedhub import config
from feedhub.cli.session import Session
from feedhub.config import secrets
from feedhub.config.keys import NAME
from feedhub.errors import UnknownNameError, UsageError, nearest
from feedhub.model.feed import Feed, FeedState
from feedhub.model.hub import Hub
from feedhub.model.places import place_of
from feedhub.rules.naming import name_for
from feedhub.store import feeds
from feedhub.text.addresses import fetch_key, is_web, shown, web_address


class Listed:
    """The feeds that are listed, and those that are about to be: no address and no name comes twice."""

    def __init__(self, session: Session) -> None:
        self._names = {feed.name.casefold() for feed in session.hub.feeds}
        self._keys: dict[str, str] = {}
        for feed in session.hub.feeds:
            self._keys |= dict.fromkeys(map(fetch_key, (feed.url, _real(session, feed.url))), feed.name)
        there = session.database.exists()  # A dry run in a new folder makes no database.
        former = {fetch_key(url): name for url, name in feeds.retired(session.db).items()} if there else {}
        self._former = {key: name for key, name in former.items() if name.casefold() not in self._names}
        self._taken = self._names | {name.casefold() for name in former.values()}
        named = secrets.names_in(" ".join(feed.url for feed in session.hub.feeds))
        self._known = {**dict.fromkeys(named), **session.hub.secrets, **secrets.kept(secrets_path(session))}
        self.new: list[Feed] = []
        self.secrets: dict[str, str] = {}

    def twin(self, *addresses: str) -> str | None:
        """Return the name of the feed that is at one of these addresses already."""
        return next((self._keys[key] for key in map(fetch_key, addresses) if key in self._keys), None)

    def name(self, wanted: str | None, title: str | None, address: str) -> str:
        """Return what a feed will be called: as wanted, as before it was removed, or after its title."""
        if wanted and not self.is_free(wanted):
            raise UsageError(f"{wanted!r} is the name of a feed already, or is not {NAME.says}")
        return wanted or self._former.get(fetch_key(address)) or name_for(title, address, self._taken)

    def is_free(self, name: str) -> bool:
        """Tell whether a feed may be called so."""
        return bool(re.fullmatch(NAME.pattern or "", name)) and name.casefold() not in self._names

    def was_here(self, address: str) -> bool:
        """Tell whether a feed was listed before."""
        return fetch_key(address) in self._former

    def tucked(self, address: str, name: str) -> tuple[str, dict[str, str]]:
        """Return an address as it is written, and its secrets by names that stand for no other ones."""
        return secrets.tuck(address, name, {**self._known, **self.secrets})

    def add(self, feed: Feed) -> Feed:
        """Take a feed with its real address; return it as it is written, with names for its secrets."""
        url, found = self.tucked(feed.url, feed.name)
        self._keys |= dict.fromkeys(map(fetch_key, (feed.url, url)), feed.name)
        self._names.add(feed.name.casefold())
        self._taken.add(feed.name.casefold())
        self.secrets |= found
        self.new.append(replace(feed, url=url))
        return self.new[-1]


def full_address(session: Session, written: str) -> tuple[str, secrets.Secrets]:
    """Return the address that somebody means, and the secrets that it names; UsageError when none is visited there."""
    url = web_address(written)
    if "://" not in url and not re.match(r"[A-Za-z][A-Za-z0-9+-]*:(?!\d+(?:/|$))", url):
        url = f"https://{url}"
    if not is_web(url) or not url.isprintable() or " " in url:
        raise UsageError(f"{shown(written)!r} is refused: only http and https addresses are visited")
    named = secrets.load(secrets_path(session), os.environ, session.hub.secrets, url)
    return named.reveal(url), named


def section_path(session: Session, section: str | None) -> str | None:
    """Return the path of a section as `pick` finds it; UnknownNameError with the nearest."""
    if section is None:
        return None
    return place_of(session.hub, section, create=not session.hub.newsletter.sections).path


def known_tags(session: Session, tags: Sequence[str]) -> tuple[str, ...]:
    """Return tags, if the vocabulary of feeds.yaml has them all."""
    known = {*session.hub.tags, *(alias for aliases in session.hub.tags.values() for alias in aliases)}
    for tag in tags if known else ():
        if tag not in known:
            raise UsageError(f"there is no tag {tag!r}{nearest(tag, known)}; add it to `tags:` in feeds.yaml first")
    return tuple(dict.fromkeys(tags))


def write(session: Session, listed: Listed) -> None:
    """Write new feeds into feeds.yaml, and before that their secrets where nobody else reads them."""
    from feedhub.config import editing  # 50 ms, for commands that edit

    if listed.secrets:
        secrets.keep(secrets_path(session), listed.secrets)
    rewrite(session, partial(editing.with_feeds, feeds=listed.new))


def rewrite(session: Session, edit: Callable[[str], str]) -> None:
    """Edit feeds.yaml, and match the database to it."""
    from feedhub.config import editing

    path = session.folder / "feeds.yaml"
    editing.rewrite(path, edit)
    hub = config.load(path)
    feeds.reconcile(session.db, hub.feeds, hub.newsletter.id, session.now)
    tell_health(session, hub)


def tell_health(session: Session, hub: Hub) -> None:
    """Write health.atom as it is after what was done just now, once a poll has begun it."""
    from feedhub.publisher import health

    if session.health.exists():
        health.write(hub, feeds.states(session.db, hub.feeds), session.health, session.now)


def state_of(session: Session, name: str) -> FeedState:
    """Return what is known of a feed; UnknownNameError with the nearest names when there is none."""
    hub = session.hub
    names = [feed.name for feed in hub.feeds]
    if name not in names:
        raise UnknownNameError("feed", name, names)
    feeds.reconcile(session.db, hub.feeds, hub.newsletter.id, session.now)
    return feeds.states(session.db, hub.feeds)[names.index(name)]


def secrets_path(session: Session) -> Path:
    """Return where secrets are kept: beside the database."""
    return session.database.parent / "secrets.env"


def _real(session: Session, url: str) -> str:
    try:
        return session.secrets.reveal(url)
    except UsageError:  # It stands for nothing on this machine.
        return url
