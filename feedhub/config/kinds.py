"""The kinds of value in feeds.yaml: each reads a YAML node, or says where it is wrong, and has a JSON Schema.

Knows YAML and positions; what the keys are called and mean is in keys. Kinds are made once, and never compared or
shown: they do without the methods that dataclass would write for it, since each of these delays every command.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from feedhub.errors import ConfigurationError, MatchError, nearest
from feedhub.text import terms
from feedhub.text.addresses import is_web

Node = yaml.nodes.Node
Schema = dict[str, Any]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZES = {"": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


class Kind(Protocol):
    """What all kinds do: read a node into a value, and say as a JSON Schema what may stand there."""

    def read(self, node: Node) -> Any:
        """Return the value, or raise ConfigurationError."""

    def schema(self) -> Schema:
        """Return the JSON Schema."""


def wrong(node: Node, problem: str, at: int = 0) -> ConfigurationError:
    """Make the error for a node, or for a place in its text: file, line and column, counted from 1."""
    mark, end = node.start_mark, node.end_mark
    quotes = 2 if getattr(node, "style", None) in ("'", '"') else 0
    # Where a text stands over several lines, or with escapes in it, its characters cannot be counted off.
    is_plain = end.line == mark.line and end.column - mark.column == len(node.value) + quotes
    column = mark.column + 1 + (quotes // 2 + at if at and is_plain else 0)
    return ConfigurationError(f"{mark.name}:{mark.line + 1}:{column}", problem)


def pairs_of(node: Node, what: str) -> list[tuple[Node, str, Node]]:
    """Return the keys of a mapping, as nodes and as text, and their values; a key that stands twice is an error."""
    if not isinstance(node, yaml.MappingNode):
        raise wrong(node, f"{what} is a mapping (key: value)")
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise wrong(key, f"a key of {what} is a word")
    pairs = [(key, str(key.value), value) for key, value in node.value]
    seen: set[str] = set()
    for key, name, _ in pairs:
        if name in seen:
            raise wrong(key, f"{name} stands here twice")
        seen.add(name)
    return pairs


@dataclass(eq=False, repr=False)
class Text:
    """Any text, or one that matches a pattern; `says` is what the pattern asks for."""

    pattern: str | None = None
    says: str = "text"

    def read(self, node: Node) -> str:
        """Return the text."""
        if not isinstance(node, yaml.ScalarNode) or node.tag.endswith(":null"):
            raise wrong(node, f"{self.says} is expected here")
        if self.pattern and not re.fullmatch(self.pattern, node.value):
            raise wrong(node, f"{node.value!r} is not {self.says}")
        return str(node.value)

    def schema(self) -> Schema:
        """Return the JSON Schema: what YAML may take for a number or for true is text here."""
        kinds: Schema = {"type": ["string", "number", "boolean"]}
        return kinds | {"pattern": f"^(?:{self.pattern})$"} if self.pattern else kinds


@dataclass(eq=False, repr=False)
class Match(Text):
    """The terms of a rule."""

    says: str = "terms such as title: kubernetes"

    def read(self, node: Node) -> str:
        """Return the match as it was written, when it can be understood."""
        match = super().read(node)
        try:
            terms.parse(match)
        except MatchError as error:
            raise wrong(node, str(error), error.at) from None
        return match


@dataclass(eq=False, repr=False)
class Address(Text):
    """An http(s) address."""

    says: str = "an http or https address"

    def read(self, node: Node) -> str:
        """Return the address as it was written."""
        address = super().read(node)
        if not is_web(address.replace("$", "x")):
            raise wrong(node, f"{address!r} is not {self.says}")
        return address

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://."}


@dataclass(eq=False, repr=False)
class Word:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, node: Node) -> str:
        """Return the word."""
        if isinstance(node, yaml.ScalarNode) and node.value in self.words:
            return str(node.value)
        written = getattr(node, "value", "")
        raise wrong(node, f"{written!r} is none of {', '.join(self.words)}{nearest(str(written), self.words)}")

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"enum": list(self.words)}


@dataclass(eq=False, repr=False)
class Whole:
    """A whole number between two limits."""

    least: int
    most: int

    def read(self, node: Node) -> int:
        """Return the number."""
        if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"-?\d{1,18}", node.value):
            number = int(node.value)
            if self.least <= number <= self.most:
                return number
        raise wrong(node, f"a whole number from {self.least} to {self.most} is expected here")

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(eq=False, repr=False)
class Flag:
    """Yes or no: true or false."""

    def read(self, node: Node) -> bool:
        """Return whether it is true."""
        return Word(("true", "false")).read(node) == "true"

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"type": "boolean"}


@dataclass(eq=False, repr=False)
class Duration:
    """A time such as 30s, 15m, 1h, 7d, between two limits."""

    least: str
    most: str

    def read(self, node: Node) -> timedelta:
        """Return the time."""
        if isinstance(node, yaml.ScalarNode) and re.fullmatch(r"\d{1,9}[smhdw]", node.value):
            time = duration(node.value)
            if duration(self.least) <= time <= duration(self.most):
                return time
        raise wrong(node, f"a time from {self.least} to {self.most} is expected here, such as {self.least}")

    def schema(self) -> Schema:
        """Return the JSON Schema; the limits are checked by feedhub."""
        return {"type": "string", "pattern": "^[0-9]{1,9}[smhdw]$"}


def duration(text: str) -> timedelta:
    """Return a time from its short form.

    >>> duration("90m")
    datetime.timedelta(seconds=5400)
    """
    return timedelta(seconds=int(text[:-1]) * _UNITS[text[-1]])


@dataclass(eq=False, repr=False)
class Size:
    """A size in bytes such as 16MiB, between two limits in bytes."""

    least: int
    most: int

    def read(self, node: Node) -> int:
        """Return the number of bytes."""
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        found = re.fullmatch(r"(\d{1,15})(KiB|MiB|GiB|)", text)
        if found and self.least <= int(found[1]) * _SIZES[found[2]] <= self.most:
            return int(found[1]) * _SIZES[found[2]]
        raise wrong(node, f"a size from {self.least >> 10}KiB to {self.most >> 20}MiB is expected here, such as 16MiB")

    def schema(self) -> Schema:
        """Return the JSON Schema; the limits are checked by feedhub."""
        return {"type": ["string", "integer"], "pattern": "^[0-9]{1,15}(KiB|MiB|GiB)?$"}


@dataclass(eq=False, repr=False)
class Zone:
    """A time zone of the IANA database."""

    def read(self, node: Node) -> ZoneInfo:
        """Return the time zone."""
        name = Text().read(node)
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a folder of the database, such as "Asia"
            raise wrong(node, f"{name!r} is no time zone; write one such as Asia/Shanghai or UTC") from None

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"type": "string"}


@dataclass(eq=False, repr=False)
class Many:
    """A list of one kind; with `lone`, a single value will do."""

    kind: Kind
    lone: bool = False

    def read(self, node: Node) -> tuple[Any, ...]:
        """Return the values in their order."""
        if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null"):
            return ()  # `feeds:` with nothing below it
        if self.lone and not isinstance(node, yaml.SequenceNode):
            return (self.kind.read(node),)
        if not isinstance(node, yaml.SequenceNode):
            raise wrong(node, "a list is expected here: [one, two], or lines that start with '- '")
        return tuple(self.kind.read(value) for value in node.value)

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        array = {"type": ["array", "null"], "items": self.kind.schema()}
        return {"anyOf": [array, self.kind.schema()]} if self.lone else array


@dataclass(eq=False, repr=False)
class Table:
    """A mapping whose keys are free names."""

    kind: Kind
    names: Text = field(default_factory=Text)

    def read(self, node: Node) -> dict[str, Any]:
        """Return the values by name."""
        return {self.names.read(key): self.kind.read(value) for key, _, value in pairs_of(node, "this")}

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"type": "object", "additionalProperties": self.kind.schema()}


@dataclass(eq=False, repr=False)
class Either:
    """A scalar in short form, or the long form of the same."""

    short: Kind
    long: Kind
    widen: Callable[[Any], Any]

    def read(self, node: Node) -> Any:
        """Return the value in its long form."""
        return self.widen(self.short.read(node)) if isinstance(node, yaml.ScalarNode) else self.long.read(node)

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        return {"anyOf": [self.short.schema(), self.long.schema()]}


@dataclass(eq=False, repr=False)
class Key:
    """A key of a record. `help` is one sentence; one that is `later` is read and not acted on by this version."""

    kind: Kind
    help: str
    required: bool = False
    later: bool = False

    @property
    def about(self) -> str:
        """The help, for somebody who has only that."""
        return f"{self.help} (Not acted on yet.)" if self.later else self.help


@dataclass(eq=False, repr=False)
class Record:
    """A mapping with known keys; what it reads is a dictionary of those that are there."""

    what: str
    keys: Mapping[str, Key]

    def read(self, node: Node) -> dict[str, Any]:
        """Return the values of the keys that are there."""
        found: dict[str, Any] = {}
        for key, name, value in pairs_of(node, self.what):
            if name not in self.keys:
                raise wrong(key, f"unknown key {name!r} in {self.what}{nearest(name, self.keys)}")
            found[name] = self.keys[name].kind.read(value)
        for name, known in self.keys.items():
            if known.required and name not in found:
                raise wrong(node, f"{self.what} needs {name}: {known.help}")
        return found

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        properties = {name: {**key.kind.schema(), "description": key.about} for name, key in self.keys.items()}
        required = [name for name, key in self.keys.items() if key.required]
        schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
        return {**schema, "required": required} if required else schema
