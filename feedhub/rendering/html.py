"""An edition as a piece of HTML, for the content of a feed's entry. Cleaned as the last step, whatever came before."""

from collections.abc import Iterator
from html import escape

from feedhub.model.issue import Edition, Item, Part
from feedhub.rendering.words import credit_lines, facts
from feedhub.text.addresses import is_web
from feedhub.text.markup import clean, html_of


def fragment(edition: Edition) -> str:
    """Return the whole issue as HTML without a page around it."""
    lines = [f"<p>{'<br>'.join(map(escape, credit_lines(edition)))}</p>"] if edition.credits else []
    if edition.tagline:
        lines.append(html_of(edition.tagline))
    for part in edition.parts:
        lines.extend(_part(part, 2, edition.language))
    if edition.footer:
        lines.extend(["<hr>", html_of(edition.footer)])
    return clean("\n".join(line.strip() for line in lines))


def _part(part: Part, level: int, language: str) -> Iterator[str]:
    heading = f"h{min(level, 6)}"
    if part.title:
        yield f"<{heading}>{escape(part.title)}</{heading}>"
    for item in part.items:
        yield from _item(item, language)
    for inner in part.parts:
        yield from _part(inner, level + 1, language)


def _item(item: Item, language: str) -> Iterator[str]:
    yield f"<p><strong>{_link(item.title, item.link)}</strong></p>"
    if item.commentary:
        yield html_of(item.commentary)
    yield f"<p><small>{facts(item, language, escape, _link)}</small></p>"


def _link(text: str, url: str | None) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>' if url and is_web(url) else escape(text)
