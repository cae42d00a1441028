"""What published issues cite, at its source: pages, and pull requests, issues and releases through GitHub's REST API.

docs.github.com/rest: issues (a pull request is one), and releases by tag. Nothing here connects to anything.
"""

import re
from typing import Any
from urllib.parse import quote

from feedhub.errors import ReadingError
from feedhub.model.feed import Request, Response, Validators
from feedhub.model.watching import Shown, Target
from feedhub.reading.github import headers_of
from feedhub.text import references

_LONGEST = 100_000
# What steps out of its folder, quoted or not, is none of these: the token goes along.
_REPOSITORY = r"((?!\.\.?/)[A-Za-z0-9._-]+/(?!\.\.?[#@])[A-Za-z0-9._-]+)"
_NUMBERED = re.compile(rf"{_REPOSITORY}#([0-9]{{1,9}})")
_RELEASED = re.compile(rf"{_REPOSITORY}@(?!(?:\S*[/\\])?\.\.?(?:[/\\]|$))(\S{{1,200}})")
_ENHANCEMENT = re.compile(r"KEP-([0-9]{1,6})")
ACCEPT = "text/html, application/xhtml+xml, */*;q=0.5"
"""What a request for a page asks for."""


def at_source(key: str) -> str | None:
    """Return the key of the pull request, issue or release that a link leads to, or that a key is; None for others.

    >>> at_source("https://github.com/kubernetes/kubernetes/pull/88567"), at_source("KEP-1370")
    ('kubernetes/kubernetes#88567', 'kubernetes/enhancements#1370')
    """
    # A discussion has a number among the issues, but only its page shows it.
    named = next(iter(references.of_page(key)), key) if "/discussions/" not in key else key
    enhancement = _ENHANCEMENT.fullmatch(named)
    if enhancement:
        return f"kubernetes/enhancements#{enhancement[1]}"
    return named if _NUMBERED.fullmatch(named) or _RELEASED.fullmatch(named) else None


def address(key: str) -> str:
    """Return where a person sees what a key names."""
    numbered, released = _NUMBERED.fullmatch(key), _RELEASED.fullmatch(key)
    if numbered:
        return f"https://github.com/{numbered[1]}/issues/{numbered[2]}"
    return f"https://github.com/{released[1]}/releases/tag/{quote(released[2], safe='')}" if released else key


def first(target: Target, api: str, token: str | None) -> Request:
    """Return the request for a target, with the validators that it was given, if it is known how it was."""
    known = target.validators if target.is_known else Validators()
    headers = [("If-None-Match", known.etag)] if known.etag else []
    if known.last_modified:
        headers.append(("If-Modified-Since", known.last_modified))
    numbered, released = _NUMBERED.fullmatch(target.key), _RELEASED.fullmatch(target.key)
    if not numbered and not released:
        return Request(target.url.replace("$", "%24"), (("Accept", ACCEPT), *headers))
    path = f"{numbered[1]}/issues/{numbered[2]}" if numbered else ""
    path = f"{released[1]}/releases/tags/{quote(released[2], safe='')}" if released else path
    return Request(f"{api.rstrip('/')}/repos/{path}", (*headers_of(token), *headers))


def read(response: Response) -> Shown:
    """Read an issue, a pull request or a release of GitHub's API; raise ReadingError when it is none."""
    from feedhub.reading import dates, values

    found = values.json_of(response.body)
    if not isinstance(found, dict) or not ("tag_name" in found or "state" in found):
        raise ReadingError("this is no issue and no release of GitHub's")
    title = values.text(found.get("title") or found.get("name") or found.get("tag_name")) or ""
    body = found.get("body")
    lines = [title, *(body[:_LONGEST].splitlines() if isinstance(body, str) else ())]
    labels = (values.text(values.mapping(label).get("name")) for label in _list(found.get("labels")))
    return Shown(
        "\n".join(line.strip() for line in lines if line.strip()),
        _state(found),
        tuple(label for label in labels if label),
        dates.moment(found.get("closed_at")),
    )


def _state(found: dict[str, Any]) -> str | None:
    from feedhub.reading import values

    if "tag_name" in found:
        return "released"
    pull = values.mapping(found.get("pull_request"))
    if pull.get("merged_at"):
        return "merged"
    # An issue that was completed was not given up; a pull request that is closed and not merged was.
    if found["state"] == "closed" and not pull:
        return "not planned" if found.get("state_reason") == "not_planned" else "completed"
    return "closed" if found["state"] == "closed" else "open"


def _list(found: object) -> list[Any]:
    return found[:100] if isinstance(found, list) else []
