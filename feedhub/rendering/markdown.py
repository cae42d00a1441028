"""An edition as a Markdown issue (CommonMark). Fetched text is escaped; the editors' own Markdown is made safe."""

from collections.abc import Iterator

from feedhub.model.issue import Edition, Item, Part
from feedhub.rendering.words import credit_lines, facts
from feedhub.text.markup import escape_markdown, markdown_link, safe_markdown


def render(edition: Edition) -> bytes:
    """Return issue.md: masthead, credits, sections with their items, footer."""
    blocks = [*_masthead(edition)]
    for part in edition.parts:
        blocks.extend(_part(part, 2, edition.language))
    if edition.footer:
        blocks.extend(["---", safe_markdown(edition.footer)])
    return ("\n\n".join(blocks) + "\n").encode()


def _masthead(edition: Edition) -> Iterator[str]:
    yield f"# {escape_markdown(edition.title)}"
    name = edition.masthead if not edition.subtitle else f"{edition.masthead} · {edition.subtitle}"
    yield f"**{escape_markdown(name)}** · {escape_markdown(edition.slug)} · {edition.date}"
    lines = credit_lines(edition)
    if lines:
        yield "\\\n".join(escape_markdown(line) for line in lines)
    if edition.tagline:
        yield safe_markdown(edition.tagline)


def _part(part: Part, level: int, language: str) -> Iterator[str]:
    if part.title:
        yield f"{'#' * min(level, 6)} {escape_markdown(part.title)}"
    for item in part.items:
        yield from _item(item, language)
    for inner in part.parts:
        yield from _part(inner, level + 1, language)


def _item(item: Item, language: str) -> Iterator[str]:
    yield f"**{markdown_link(item.title, item.link)}**"
    if item.commentary:
        yield safe_markdown(item.commentary)
    yield facts(item, language, escape_markdown, markdown_link)
