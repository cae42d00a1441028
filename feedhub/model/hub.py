"""What feeds.yaml says: the newsletter, its sections and editors, its feeds and rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from feedhub.model.feed import Feed

Titles = Mapping[str, str]
"""A title per language (BCP 47); the key "" is for any language."""


def in_language(titles: Titles, language: str) -> str:
    """Return the title for a language: its own, one of the same main language, any, the first.

    >>> in_language({"zh-CN": "上游", "en": "Upstream"}, "zh-TW")
    '上游'
    """
    main = language.split("-")[0]
    kin = [key for key in titles if key.split("-")[0] == main]
    for key in (language, *kin, ""):
        if key in titles:
            return titles[key]
    return next(iter(titles.values()))


@dataclass(frozen=True, slots=True)
class Section:
    """A place in the issue; `id` is permanent, `groups` are its sub-headings in order."""

    id: str
    titles: Titles
    alias: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Editor:
    """Somebody who may work at the desk; `logins` are login names and e-mail addresses."""

    id: str
    names: Titles
    logins: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Week:
    """How the newsletter's week runs; weekdays count from Monday = 0."""

    starts: int = 0
    closes: str | None = None
    publishes: str | None = None


@dataclass(frozen=True, slots=True)
class Newsletter:
    """The publication itself."""

    title: str
    id: str
    language: str = "en"
    subtitle: str | None = None
    languages: tuple[str, ...] = ()
    home: str | None = None
    contact: str | None = None
    tagline: str | None = None
    footer: str | None = None
    hub: str | None = None
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    week: Week = field(default_factory=Week)
    first_number: int = 1
    issue_title: str = "{headline} | {title} No. {number}"
    review: str = "none"
    upstream_text: str = "summary"
    feed_issues: int = 20
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """The limits of the way out; every one has a hard ceiling in config."""

    allow: tuple[str, ...] = ()
    deadline: timedelta = timedelta(seconds=30)
    max_body: int = 16 * 1024 * 1024
    interval: timedelta = timedelta(hours=1)
    per_host: int = 2
    connections: int = 64
    poll_deadline: timedelta = timedelta(minutes=20)
    proxy: str | None = None
    github: str = "https://api.github.com"
    github_token: str | None = None
    """The $NAME of what GitHub is asked with."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done by itself with stories whose entries match; `match` is as it was written (text.terms)."""

    name: str
    match: str
    tags: tuple[str, ...] = ()
    score: int = 0
    hide: str | None = None
    """For which reason to keep a story off the desk."""
    section: str | None = None
    """Where its stories go in an issue: a path by permanent ids."""


@dataclass(frozen=True, slots=True)
class Hub:
    """All of feeds.yaml."""

    newsletter: Newsletter
    feeds: tuple[Feed, ...] = ()
    editors: tuple[Editor, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The vocabulary: a tag and its aliases; empty when any tag will do."""
    rules: tuple[Rule, ...] = ()
    network: Network = field(default_factory=Network)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What stood in addresses and is nobody's business, by the $NAME that stands there now."""
