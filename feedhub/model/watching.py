"""What was cited in published issues and is looked at again, what was found there, and what editors follow."""

from dataclasses import dataclass, field
from datetime import datetime

from feedhub.model.document import Entry
from feedhub.model.feed import Validators


@dataclass(frozen=True, slots=True)
class Target:
    """A page, a pull request, an issue or a release that is visited now and then; `key` names it, `url` leads there."""

    number: int
    key: str
    url: str
    cited: datetime | None = None
    """When the last issue that cites it was published."""
    followed: bool = False
    """Somebody waits for something to happen there."""
    checked: datetime | None = None
    """When it was last seen; None while nobody knows how it was."""
    validators: Validators = field(default_factory=Validators)
    state: str | None = None
    """open, merged, closed, completed or not planned; released; cancelled; moved; deleted."""
    labels: tuple[str, ...] = ()
    edits: int = 0
    """At how many visits in a row it said something else."""
    missing_since: datetime | None = None
    """Since when it is not there: told when a second visit finds the same."""
    text: str | None = None
    """What it said when it was last seen, or last told of."""

    @property
    def is_known(self) -> bool:
        """Whether it is known how it was, which `not modified` can be said of."""
        return self.text is not None or self.state is not None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a visit showed: the text, and of a pull request, an issue or a release how it stands."""

    text: str
    state: str | None = None
    labels: tuple[str, ...] = ()
    closed: datetime | None = None
    validators: Validators = field(default_factory=Validators)
    """They hold for what was read, and for nothing else that was answered."""


@dataclass(frozen=True, slots=True)
class Missing:
    """It is not there (404, 410, or a page that says so)."""


@dataclass(frozen=True, slots=True)
class Moved:
    """It leads for good to another page."""

    url: str


@dataclass(frozen=True, slots=True)
class Same:
    """Nothing new, says the server."""


Sight = Shown | Missing | Moved | Same
"""What came of a visit; one that failed is none."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is otherwise than it was when an issue said it: edited, deleted, redirected, closed or withdrawn."""

    kind: str
    says: str
    before: str | None = None
    after: str | None = None
    only_adds: bool = False
    """It says what became of what was found before, and is nothing by itself."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An item of a published issue, as far as it cites something: the links and keys of its story, and commentary."""

    issue: int
    story: int
    published: datetime
    editor: str | None
    keys: tuple[tuple[str, str | None], ...]
    """Each with the link that leads there, where it is one."""
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Altered:
    """An entry of a published story that its feed changed or took back since."""

    issue: int
    story: int
    entry: int
    feed: str
    before: Entry
    after: Entry
    vanished: bool
    told: str | None = None
    """What it says by the last finding about it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row of `watch`: what was found, about which story of which issue, and who wrote that."""

    number: int
    found: Found
    at: datetime
    story: int
    issue: str
    title: str
    url: str | None
    editor: str | None
    settled: str | None = None
    """done, correct or follow; reverted when it settled itself; None while somebody has to look."""


@dataclass(frozen=True, slots=True)
class Follow:
    """What somebody waits for; `ended` says when it came or was called off."""

    number: int
    story: int
    until: str
    """merged, closed, released, any, stage:S or a day."""
    editor: str
    at: datetime
    ended: datetime | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What was told since somebody began to follow a story: of it, and of what it is about."""

    joined: tuple[str, ...] = ()
    """Feeds that told it as well."""
    edited: tuple[str, ...] = ()
    """Feeds that said something else of it than before."""
    mentioned: tuple[int, ...] = ()
    """Stories that speak of it."""
    released: tuple[str, ...] = ()
    """Releases that speak of it, or are newer ones of the same project."""
    found: tuple[str, ...] = ()
    """What was found where it leads."""
    states: tuple[str, ...] = ()
    """How it stands by its feeds: open, merged, closed."""
    labels: tuple[str, ...] = ()
