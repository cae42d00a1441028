"""The shape of an issue around what editors placed: order by the newsletter's sections, credits by the record.

Nothing is ever re-sorted under an editor's hands: only where a new section or group goes is decided here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from feedhub.model.document import names
from feedhub.model.feed import BY_HAND
from feedhub.model.hub import Hub, Newsletter, in_language
from feedhub.model.issue import Block, Coverage, Credit, Edition, Issue, Item, Part
from feedhub.model.places import section_of
from feedhub.model.story import Story
from feedhub.text.addresses import host_of
from feedhub.text.links import canonical

STEP = 1024.0
"""Between two siblings, so that there is room to put others in between."""


def position_in_order(siblings: Sequence[Block], name: str, order: Sequence[str]) -> float:
    """Return the position of a new section or group: before the first sibling that the newsletter's order has later.

    What the order does not know goes to the end.
    """
    places = {known: place for place, known in enumerate(order)}
    mine = places.get(name, len(order))
    last = 0.0
    for block in sorted(siblings, key=lambda block: block.position):
        if places.get(_name(block), len(order)) > mine:
            return (last + block.position) / 2
        last = block.position
    return last + STEP


def week_slug(now: datetime, newsletter: Newsletter) -> str:
    """Return the week of a time, in the newsletter's zone and by its first weekday: 2019-W50.

    It is called as ISO 8601 calls the week that has most of it.
    """
    start = week_start(now, newsletter)
    year, week, _ = (start + timedelta(days=3)).isocalendar()
    return f"{year}-W{week:02}"


def week_start(now: datetime, newsletter: Newsletter) -> datetime:
    """Return when the newsletter's week began: midnight of its first day, in its zone."""
    here = now.astimezone(newsletter.timezone)
    first = here.date() - timedelta(days=(here.weekday() - newsletter.week.starts) % 7)
    return datetime(first.year, first.month, first.day, tzinfo=newsletter.timezone)


def free_slug(slug: str, taken: Iterable[str]) -> str:
    """Return the slug, or with a number behind it where an issue has it already.

    >>> free_slug("2019-W50", {"2019-W50"})
    '2019-W50-2'
    """
    taken = frozenset(taken)
    candidates = (slug if turn == 1 else f"{slug}-{turn}" for turn in range(1, len(taken) + 2))
    return next(candidate for candidate in candidates if candidate not in taken)


def credits_of(hub: Hub, writers: Iterable[str], pickers: Iterable[str]) -> tuple[Credit, ...]:
    """Return who is named: who wrote commentary as authors, who only picked as editors; each once, in their order."""
    known = {editor.id: in_language(editor.names, hub.newsletter.language) for editor in hub.editors}
    authors = dict.fromkeys(known.get(writer, writer) for writer in writers)
    editors = dict.fromkeys(known.get(picker, picker) for picker in pickers)
    return (
        *(Credit("author", name) for name in authors),
        *(Credit("editor", name) for name in editors if name not in authors),
    )


def compose(
    hub: Hub, blocks: Sequence[Block], stories: Mapping[int, Story], feed_titles: Mapping[str, str]
) -> tuple[Part, ...]:
    """Return the parts of an issue: its tree, with sections and groups that hold nothing left out."""
    language = hub.newsletter.language
    feed_titles = {**feed_titles, BY_HAND: hub.newsletter.title}

    def item(block: Block) -> Item:
        told = _item(stories[block.story or 0], language, feed_titles)
        return replace(told, follow_up=block.fields.get("follow_up"))

    def part(block: Block) -> Part:
        children = [child for child in blocks if child.parent == block.id]
        items = tuple(item(child) for child in children if child.kind == "item")
        parts = tuple(found for child in children if child.kind != "item" if _holds(found := part(child)))
        return Part(_name(block), _title(hub, block), items, parts)

    top = [block for block in blocks if block.parent is None]
    loose = tuple(item(block) for block in top if block.kind == "item")
    parts = tuple(found for block in top if block.kind != "item" if _holds(found := part(block)))
    return (Part("", "", loose), *parts) if loose else parts


def issue_title(newsletter: Newsletter, headline: str, number: int, week: str) -> str:
    """Return an issue's title, by the newsletter's pattern."""
    values = {"headline": headline, "title": newsletter.title, "number": str(number), "week": week}
    title = newsletter.issue_title
    for name, value in values.items():
        title = title.replace(f"{{{name}}}", value.replace("{", "\0"))
    return title.replace("\0", "{")


def edition_of(hub: Hub, issue: Issue, parts: tuple[Part, ...], headline: str, who: tuple[Credit, ...]) -> Edition:
    """Return the first edition of an issue that was given its slug, id and time."""
    letter = hub.newsletter
    if issue.slug is None or issue.uid is None or issue.published is None:
        raise ValueError(f"{issue.label} has no slug, id and time yet")
    return Edition(
        uid=issue.uid,
        version=1,
        number=issue.number,
        slug=issue.slug,
        language=letter.language,
        title=issue_title(letter, headline, issue.number, issue.slug),
        headline=headline,
        masthead=letter.title,
        subtitle=letter.subtitle,
        tagline=letter.tagline,
        footer=letter.footer,
        since=issue.since,
        published=issue.published,
        updated=issue.published,
        date=issue.published.astimezone(letter.timezone).date().isoformat(),
        credits=who,
        parts=parts,
    )


def _item(story: Story, language: str, feed_titles: Mapping[str, str]) -> Item:
    note = next((note for note in story.notes if note.language == language and not note.private), None)
    title = (note.title if note else None) or story.title
    return Item(
        uid=story.uid,
        title=title,
        original_title=story.title if story.title != title else None,
        link=story.primary.link,
        commentary=note.text if note else "",
        feed=story.feed,
        feed_title=(_source(story) if story.feed == BY_HAND else None) or feed_titles.get(story.feed),
        authors=tuple(person for person in story.primary.authors if names([person])),
        published=story.primary.published,
        also=tuple(_coverages(story, feed_titles)),
        tags=story.tags,
    )


def _source(story: Story) -> str | None:
    """Return who tells a story that an editor added: the site, as its page calls itself or by its host."""
    source = story.primary.source
    return (source.title if source else None) or host_of(story.primary.link or "").removeprefix("www.") or None


def _coverages(story: Story, feed_titles: Mapping[str, str]) -> Iterator[Coverage]:
    """Return where else it was told: every further page, then the feeds that only led to one of those, without a link.

    Of the feed that leads, what an editor put there counts; what it said before itself does not.
    """
    told, named = {canonical(story.primary.link or "")}, {story.feed}
    for stored in story.entries:
        link = stored.entry.link
        is_told = stored.feed in story.also or (stored.placed_by != "rule" and stored.gone_since is None)
        if link and is_told and canonical(link) not in told:
            told.add(canonical(link))
            named.add(stored.feed)
            host = host_of(link).removeprefix("www.")
            teller = host if stored.feed == BY_HAND else feed_titles.get(stored.feed) or stored.feed
            yield Coverage(teller, stored.entry.title, link)
    for feed in (feed for feed in story.also if feed not in named):
        yield Coverage(feed_titles.get(feed) or feed, None, None)


def _holds(part: Part) -> bool:
    return bool(part.items or part.parts)


def _name(block: Block) -> str:
    return str(block.fields.get("section") or block.fields.get("title") or "")


def _title(hub: Hub, block: Block) -> str:
    if block.kind == "section":
        return in_language(section_of(hub, _name(block)).titles, hub.newsletter.language)
    return _name(block)
