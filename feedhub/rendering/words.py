"""The few words that an issue has of its own, per language."""

from collections.abc import Callable

from feedhub.model.document import names
from feedhub.model.issue import Edition, Item

_WORDS = {
    "zh": {
        "author": "作者 | ",
        "editor": "编辑 | ",
        "reviewer": "审核 | ",
        "also": "另见：",
        "original": "原题：",
        "source": "来源：",
        "and": "、",
    },
    "en": {
        "author": "By ",
        "editor": "Edited by ",
        "reviewer": "Reviewed by ",
        "also": "Also covered by ",
        "original": "Original title: ",
        "source": "Source: ",
        "and": ", ",
    },
}


def words(language: str) -> dict[str, str]:
    """Return the words of a language (BCP 47); English where we have none of it."""
    return _WORDS.get(language.split("-")[0].lower(), _WORDS["en"])


def credit_lines(edition: Edition) -> list[str]:
    """Return a line for each role that somebody had."""
    say = words(edition.language)
    people: dict[str, list[str]] = {role: [] for role in ("author", "editor", "reviewer")}
    for credit in edition.credits:
        people[credit.role].append(credit.name)
    return [say[role] + say["and"].join(named) for role, named in people.items() if named]


def facts(item: Item, language: str, text: Callable[[str], str], link: Callable[[str, str | None], str]) -> str:
    """Return the line below an item: its source, upstream's title, who told it as well.

    `text` and `link` write text and links as the document at hand needs them.
    """
    say = words(language)
    source = item.feed_title or item.feed
    if names(item.authors):
        source += f" ({say['and'].join(names(item.authors)[:3])})"
    found = [text(say["source"] + source)]
    if item.original_title:
        found.append(text(say["original"] + item.original_title))
    if item.also:
        found.append(say["also"] + say["and"].join(link(other.feed, other.link) for other in item.also))
    return " · ".join(found)
