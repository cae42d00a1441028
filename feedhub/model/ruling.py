"""How stories stand as far as rules may change it, and what applying the rules changes."""

from dataclasses import dataclass
from datetime import datetime

from feedhub.model.matching import Decision, Said


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag of a story and who gave it: `feed NAME`, `rule NAME` or an editor; `removed` by hand it stays so."""

    row: int
    term: str
    by: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Ruled:
    """A story as far as rules may change it."""

    story: int
    title: str
    settled: bool
    """An editor decided on it, or worked on it, or it is backlog: no rule hides it."""
    hidden: str | None = None
    hidden_by: str | None = None
    """What hides it; an editor who has shown it again."""
    section: str | None = None
    is_routed: bool = False
    """A rule said its section, and no editor."""
    score: int = 0
    tags: tuple[Tag, ...] = ()
    matched: frozenset[str] = frozenset()
    """The names of the rules that have said what they say of it."""


@dataclass(frozen=True, slots=True)
class Part:
    """An entry of a story, as rules see it."""

    entry: int
    feed: str
    first_seen: datetime
    said: Said
    backlog: bool = False
    """Its story was there before we knew the feed."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What applying the rules makes of a story, and each change that this is, as `why` tells it."""

    ruled: Ruled
    decisions: tuple[Decision, ...]
    add: tuple[tuple[str, str], ...]
    """Tags, and the rules that give them."""
    drop: tuple[Tag, ...]
    score: int
    section: str | None
    hidden: str | None
    hidden_by: str | None
