"""Publishing an issue: freeze it as an edition in one transaction, then write its files, then the feed that names it.

A publish that died in between is finished by the next one: what is frozen and not yet there is written then.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from feedhub import __version__
from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Hub
from feedhub.model.issue import Block, Edition, Issue, items_of
from feedhub.model.written import time_text
from feedhub.publisher import files
from feedhub.rendering import atom, document, markdown
from feedhub.rules import composition
from feedhub.store import acts, feeds, issues, stories
from feedhub.store.connection import Database, lock_path, locked, writing


@dataclass(frozen=True, slots=True)
class Written:
    """A file of output/, and what became of it: written, unchanged, or kept although we would render it otherwise."""

    path: str
    outcome: str


@contextmanager
def publishing(path: Path) -> Iterator[None]:
    """Hold the publish lock of a database; raise LockedError when another publish is running."""
    with locked(lock_path(path, "publish"), "publish"):
        yield


def find(db: Database, name: str) -> Issue:
    """Return an issue by its number, its slug, `open` or `last`; raise UnknownNameError."""
    known = issues.all_issues(db)
    published = [issue for issue in known if issue.state == "published"]
    named = {"open": issues.open_issue(db), "last": published[0] if published else None}
    found = named.get(name) or next((issue for issue in known if name in (str(issue.number), issue.slug)), None)
    if found is None:
        raise UnknownNameError(
            "issue", name, [label for issue in known for label in (str(issue.number), issue.slug or "open")]
        )
    return found


def draft(db: Database, hub: Hub, issue: Issue, now: datetime, headline: str | None = None) -> Edition:
    """Return the edition that publishing an open issue would freeze now; raise UsageError when it holds nothing."""
    blocks = issues.blocks(db, issue.id)
    told = {story.number: story for story in stories.get(db, [block.story for block in blocks if block.story])}
    parts = composition.compose(hub, blocks, told, feeds.titles(db))
    first = next(iter(items_of(parts)), None)
    if first is None:
        raise UsageError(f"nothing is picked for {issue.label}; pick stories first: feedhub pick N --section PATH")
    slug = composition.free_slug(composition.week_slug(now, hub.newsletter), issues.slugs(db))
    minted = replace(issue, slug=slug, uid=f"{hub.newsletter.id}/issue/{slug}", published=now)
    placed = [block.story for block in blocks if block.story]
    writers = [writer for story in placed for writer in acts.writers(db, story, hub.newsletter.language)]
    who = composition.credits_of(hub, writers, acts.pickers(db, issue.id))
    return composition.edition_of(hub, minted, parts, headline or first.title, who)


def freeze(db: Database, hub: Hub, editor: str, now: datetime, headline: str | None = None) -> Edition | None:
    """Freeze the open issue as it is at this moment; None when there is none, or nothing in it."""
    with writing(db):
        issue = issues.open_issue(db)
        blocks = issues.blocks(db, issue.id) if issue else ()
        if issue is None or not any(block.kind == "item" for block in blocks):
            return None
        edition = draft(db, hub, issue, now, headline)
        acting = acts.Acting(db, editor, now)
        numbers = [block.story for block in blocks if block.story]
        at = time_text(now)
        acting.change("issues", issue.id, state="published", slug=edition.slug, uid=edition.uid, published=at)
        for block in blocks:
            if block.story:
                _close(acting, hub, block)
        acting.done(f"publish {issue.number}", numbers)
        issues.freeze(db, issue, edition, f"feedhub {__version__}", now)
        return edition


def _close(acting: acts.Acting, hub: Hub, block: Block) -> None:
    """A published item keeps its note; the story's next item starts with an empty one."""
    story = block.story or 0
    acting.change("stories", story, state="published", news_at=None)
    note = stories.note_row(acting.db, story, hub.newsletter.language, private=False)
    if note is not None:
        acting.change("notes", note["id"], item=block.id)


def files_of(editions: Sequence[Edition], hub: Hub) -> Iterator[tuple[str, bytes]]:
    """Yield the files of output/ in the order in which they may appear: the feed last, when all it names is there."""
    for edition in editions:
        folder = f"issues/{edition.slug}"
        yield f"{folder}/issue.md", markdown.render(edition)
        yield f"{folder}/edition.json", document.render(edition)
    if editions:
        yield atom.FEED_PATH, atom.render(editions, hub.newsletter)


def write(db: Database, hub: Hub, output: Path, rerender: bool = False) -> list[Written]:
    """Write what is frozen and not in output/ yet.

    An issue's files stay as they were published, even where this version would render them otherwise, unless they are
    to be rendered again.
    """
    editions = issues.editions(db)
    for edition in editions:
        files.sweep(output / "issues" / edition.slug)
    files.sweep(output)
    written = []
    for name, body in files_of(editions, hub):
        old = output / name
        if name != atom.FEED_PATH and not rerender and old.is_file() and old.read_bytes() != body:
            written.append(Written(name, "kept"))
            continue
        written.append(Written(name, "written" if files.place(output, name, body) else "unchanged"))
    return written


def verify(db: Database, hub: Hub, output: Path) -> list[Written]:
    """Return the files of output/ that are missing or are not what would be rendered now."""
    wrong = []
    for name, body in files_of(issues.editions(db), hub):
        path = output / name
        if not path.is_file():
            wrong.append(Written(name, "missing"))
        elif path.read_bytes() != body:
            wrong.append(Written(name, "different"))
    return wrong
