"""Places in an issue, as people write them: `up/k8s` is the group Kubernetes in the section 上游重要进展."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.hub import Hub, Section


@dataclass(frozen=True, slots=True)
class Place:
    """A section, and the groups below it that lead to the place; `section` is the section's permanent id."""

    section: str
    groups: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        r"""The place as a path; slashes in names are written \/."""
        return "/".join(name.replace("/", "\\/") for name in (self.section, *self.groups))


def place_of(hub: Hub, path: str, create: bool = False) -> Place:
    r"""Find the place that a path means: ids, aliases, titles or unique prefixes; a slash in a name is written \/.

    Raise UnknownNameError with the nearest names, unless unknown ones are to be created.
    """
    names = [part.replace("\\/", "/").strip() for part in re.split(r"(?<!\\)/", path)]
    if not all(names):
        raise UsageError(f"{path!r} is no path; write one such as {_example(hub)}")
    sections = {section.id: _names(section) for section in hub.newsletter.sections}
    section = _find(names[0], sections)
    if section is None and not create:
        known = [name for named in sections.values() for name in named]
        raise UnknownNameError(
            "section", names[0], known, f"sections are {', '.join(map(_title, hub.newsletter.sections))}"
        )
    if section is None:
        return Place(names[0], tuple(names[1:]))
    return Place(section, _groups(hub, section, names[1:], create))


def section_of(hub: Hub, section: str) -> Section:
    """Return a section by its id; one that feeds.yaml does not list (any more) is titled by its id."""
    return next((known for known in hub.newsletter.sections if known.id == section), Section(section, {"": section}))


def _groups(hub: Hub, section: str, names: list[str], create: bool) -> tuple[str, ...]:
    """Resolve the group; what stands below it are themes, which are free."""
    if not names:
        return ()
    aliases = {tag: (tag, *others) for tag, others in hub.tags.items()}
    known = {group: _with_aliases(group, aliases) for group in section_of(hub, section).groups}
    group = _find(names[0], known)
    if group is None and not create:
        raise UnknownNameError("group", names[0], known, f"add it to {section} in feeds.yaml, or use --create")
    return (group or names[0], *names[1:])


def _with_aliases(group: str, aliases: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return what a group may be called: `k8s`, where a tag kubernetes has that alias."""
    return (group, *(name for tag, names in aliases.items() if tag.casefold() == group.casefold() for name in names))


def _names(section: Section) -> tuple[str, ...]:
    return tuple(name for name in (section.id, section.alias, *section.titles.values()) if name)


def _find(name: str, known: Mapping[str, Iterable[str]]) -> str | None:
    """Find what is called so, or whose name alone starts so."""
    wanted = name.casefold()
    exact = [key for key, names in known.items() if wanted in (other.casefold() for other in names)]
    starts = [key for key, names in known.items() if any(other.casefold().startswith(wanted) for other in names)]
    found = exact or starts
    if len(found) > 1:
        raise UsageError(f"{name!r} is ambiguous: it may be {' or '.join(found)}")
    return found[0] if found else None


def _title(section: Section) -> str:
    return next(iter(section.titles.values()))


def _example(hub: Hub) -> str:
    return next((Place(section.id, section.groups[:1]).path for section in hub.newsletter.sections), "News")
