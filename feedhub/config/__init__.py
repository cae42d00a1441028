"""feeds.yaml, read into a Hub; errors name file, line, column and the nearest known key. The home of YAML.

`python -m feedhub.config` prints the JSON Schema, which is in the repository as feeds.schema.json.
"""

import io
import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import yaml

from feedhub.config import sources
from feedhub.config.keys import DAYS, HUB
from feedhub.config.kinds import Node, wrong
from feedhub.config.secrets import names_in, tuck
from feedhub.errors import ConfigurationError, UsageError, nearest
from feedhub.model.feed import Feed, Releases
from feedhub.model.hub import Editor, Hub, Network, Newsletter, Rule, Section, Week
from feedhub.model.places import place_of

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
Placed = TypeVar("Placed", Feed, Rule)
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: ten times faster, where it was built in


def load(path: Path) -> Hub:
    """Read feeds.yaml; raise ConfigurationError for the first thing in it that is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(str(path), "there is no such file; write one with: feedhub init") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from error
    return parse(text, str(path))


def parse(text: str, name: str = "feeds.yaml") -> Hub:
    """Read the text of a feeds.yaml; `name` is how errors call it."""
    node = _compose(text, name)
    found = HUB.read(node)
    secrets: dict[str, str | None] = dict.fromkeys(names_in(text))
    network = _network(found.get("network", {}), secrets)
    hub = Hub(
        newsletter=_newsletter(found["newsletter"]),
        feeds=tuple(_feed(feed, network, secrets) for feed in found.get("feeds", ())),
        editors=tuple(_editor(editor) for editor in found.get("editors", ())),
        reasons=found.get("reasons", {}),
        tags={tag: keys.get("alias", ()) for tag, keys in found.get("tags", {}).items()},
        rules=tuple(_rule(rule) for rule in found.get("rules", ())),
        network=network,
        secrets={name: value for name, value in secrets.items() if value is not None},
    )
    _check_kinds(hub, found.get("feeds", ()), node)
    _check(hub, node)
    return replace(
        hub,
        feeds=tuple(_placed(hub, feed) for feed in hub.feeds),
        rules=tuple(_tagged(hub, _placed(hub, rule)) for rule in hub.rules),
    )


def schema() -> dict[str, Any]:
    """Return the JSON Schema of feeds.yaml, for editors of it."""
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "feeds.yaml of feedhub"}
    return about | HUB.schema()


def _compose(text: str, name: str) -> Node:
    control = _CONTROL.search(text)
    if control:
        line, column = text.count("\n", 0, control.start()) + 1, control.start() - text.rfind("\n", 0, control.start())
        raise ConfigurationError(f"{name}:{line}:{column}", "this is not YAML: a control character stands here")
    try:
        node: Node | None = yaml.compose(_Named(text, name), Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigurationError(where, f"this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ConfigurationError(name, f"this is not YAML: {' '.join(str(error).split())}") from None
    if node is None:
        raise ConfigurationError(name, "the file is empty; `feedhub init` writes one to start from")
    return node


class _Named(io.StringIO):
    """Text with a name, which libyaml then puts into its marks."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__(text)
        self.name = name


def _newsletter(found: dict[str, Any]) -> Newsletter:
    week = found.get("week", {})
    values = found | {"week": Week(**week | {"starts": DAYS.index(week.get("starts", "mon"))})}
    return Newsletter(**values)


def _editor(found: dict[str, Any]) -> Editor:
    return Editor(found["id"], found["name"], found.get("login", ()), found.get("roles", ()))


def _feed(found: dict[str, Any], network: Network, secrets: dict[str, str | None]) -> Feed:
    url, tucked = tuck(sources.address(found, network), found["name"], secrets)
    secrets |= tucked
    return Feed(
        name=found["name"],
        url=url,
        kind=found.get("kind", "feed"),
        section=found.get("section"),
        tags=found.get("tags", ()),
        backlog=_days(found.get("backlog", "7")),
        query=found.get("query"),
        token=sources.token(found, network),
        releases=Releases(**found["releases"]) if "releases" in found else None,
    )


def _rule(found: dict[str, Any]) -> Rule:
    tags = tuple(dict.fromkeys(found.get("tag", ())))
    return Rule(found["name"], found["match"], tags, found.get("score", 0), found.get("hide"), found.get("section"))


def _network(found: dict[str, Any], secrets: dict[str, str | None]) -> Network:
    if "proxy" not in found:
        return Network(**found)
    proxy, tucked = tuck(found["proxy"], "proxy", secrets)
    secrets |= tucked
    return Network(**found | {"proxy": proxy})


def _days(backlog: str) -> int | None:
    return {"all": None, "none": 0}[backlog] if backlog in ("all", "none") else int(backlog)


def _placed(hub: Hub, one: Placed) -> Placed:
    """Write the section of a feed or rule by its permanent id, however feeds.yaml calls it."""
    return replace(one, section=place_of(hub, one.section, create=True).path) if one.section else one


def _tagged(hub: Hub, rule: Rule) -> Rule:
    """Write a rule's tags as the vocabulary has them: an alias stands for its tag."""
    known = {name.casefold(): tag for tag, aliases in hub.tags.items() for name in (tag, *aliases)}
    return replace(rule, tags=tuple(dict.fromkeys(known.get(tag.casefold(), tag) for tag in rule.tags)))


def _check_kinds(hub: Hub, found: Iterable[dict[str, Any]], node: Node) -> None:
    """Check that what stands of a feed goes with its kind."""
    for feed, said, at in zip(hub.feeds, found, _items(_at(node, "feeds")), strict=True):
        problem = sources.problem(feed, said)
        if problem:
            raise wrong(_at(at, problem[0]) or at, problem[1])


def _check(hub: Hub, node: Node) -> None:
    """Check what one key says against another."""
    sections = hub.newsletter.sections
    _check_sections(sections, _at(node, "newsletter", "sections"))
    _check_once(((editor.id,) for editor in hub.editors), _at(node, "editors"), "editor")
    _check_once(((feed.name,) for feed in hub.feeds), _at(node, "feeds"), "feed")
    known = set(hub.tags) | {alias for aliases in hub.tags.values() for alias in aliases}
    for feed, at in zip(hub.feeds, _items(_at(node, "feeds")), strict=True):
        _check_section(hub, feed.section, _at(at, "section") or at)
        for tag in feed.tags:
            if known and tag not in known:
                raise wrong(_at(at, "tags") or at, f"{tag!r} is not in `tags:`{nearest(tag, known)}")
    _check_once(((rule.name,) for rule in hub.rules), _at(node, "rules"), "rule")
    for rule, at in zip(hub.rules, _items(_at(node, "rules")), strict=True):
        _check_section(hub, rule.section, _at(at, "section") or at)
        _check_rule(rule, known, at)


def _check_rule(rule: Rule, known: Collection[str], node: Node) -> None:
    """Check that a rule does something, and gives no tag that is nearly one of the vocabulary.

    Others it may give without being listed: the rule is written down in feeds.yaml, as the vocabulary is.
    """
    if not (rule.tags or rule.score or rule.hide or rule.section):
        raise wrong(node, f"rule {rule.name} does nothing; give it a tag, a score, hide or a section")
    for tag in rule.tags:
        near = nearest(tag, known)
        if tag not in known and near:
            raise wrong(_at(node, "tag") or node, f"{tag!r} is not in `tags:`{near}")


def _check_section(hub: Hub, section: str | None, node: Node) -> None:
    if section:
        try:
            place_of(hub, section, create=not hub.newsletter.sections)
        except UsageError as error:
            raise wrong(node, str(error)) from None


def _check_sections(sections: tuple[Section, ...], node: Node | None) -> None:
    _check_once(((section.id, section.alias or section.id) for section in sections), node, "section")


def _check_once(names: Iterable[tuple[str, ...]], node: Node | None, what: str) -> None:
    """Check that what each item of a list is called is the name of no other one."""
    seen: set[str] = set()
    for item, called in zip(_items(node), names, strict=True):
        for name in called:
            if name.casefold() in seen:
                raise wrong(item, f"{what} {name!r} stands here twice; names are unique")
        seen.update(name.casefold() for name in called)


def _at(node: Node | None, *path: str) -> Node | None:
    """Return the value at a path of keys, where there is one."""
    for name in path:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == name), None)
    return node


def _items(node: Node | None) -> list[Node]:
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []
