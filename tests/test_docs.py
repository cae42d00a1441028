"""The docs against the program: what there is stands in them, and what stands in them there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from feedhub.cli import COMMANDS, cli
from feedhub.config.keys import HUB, SectionKind
from feedhub.config.kinds import Either, Key, Many, Record, Table
from feedhub.errors import FeedhubError

PROJECT = Path(__file__).parents[1]
DOCS = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
each_doc = pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)


def command(name: str) -> click.Command:
    return cli.get_command(click.Context(cli), name)


def options(of: click.Command) -> set[str]:
    """Return the options of a command, those of all its parts where it is a group."""
    own = {option for param in of.params for option in param.opts if isinstance(param, click.Option)} | {"--help"}
    return own.union(*map(options, of.commands.values())) if isinstance(of, click.Group) else own


def text(name: str) -> str:
    return (PROJECT / "docs" / name).read_text(encoding="utf-8")


def sections(of: str) -> dict[str, str]:
    """Return what stands below each heading of the second level."""
    parts = re.split(r"^## +(.*?) *$", of, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def code(of: str) -> str:
    """Return what is code in a document: fenced, indented, or between back-ticks; a command a line."""
    found = re.findall(r"^```\w*\n(.*?)^```|^((?: {4}[^\n]*\n)+)|`([^`\n]+)`", of, re.M | re.S)
    return "\n".join(part for parts in found for part in parts if part)


def called(of: str) -> Iterator[tuple[str, set[str]]]:
    """Yield each call of feedhub in some code: the command, and the options that it is given."""
    for line in re.split(r"\n|&&|\|\||;| \| |  #", code(of)):
        quiet = re.sub(r"'[^']*'|\"[^\"]*\"", "TEXT", line)
        found = re.search(r"(?:^|[\s*])feedhub((?: --(?:hub|db|editor) \S+| -v)*) ([a-z]+)\b(.*)", quiet)
        if found:
            yield found[2], set(re.findall(r"(?<=[\s\[])--[a-z][a-z-]*|(?<=[\s\[])-[a-z]\b", found[3]))


# commands


def test_the_docs_are_there():
    """What the README leads to."""
    assert {"README.md", "CHANGELOG.md", "commands.md", "feeds-yaml.md", "architecture.md"} <= {
        path.name for path in DOCS
    }


def test_every_command_has_its_section_and_no_other():
    """commands.md: a heading for each command, in the order of help."""
    headings = [heading for heading in sections(text("commands.md")) if re.fullmatch(r"[a-z]+", heading)]

    assert headings == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented_where_its_command_is(name):
    """All that a command takes, and nothing that it does not."""
    section = sections(text("commands.md"))[name]
    table = {option for row in re.findall(r"^\| `([^`]*)`", section, re.M) for option in re.findall(r"--?[a-z-]+", row)}

    assert table | {"--help", "-h"} == options(command(name)) | {"-h"}


PARTS = {
    f"{name} {part}": inner
    for name in COMMANDS
    if isinstance(group := command(name), click.Group)
    for part, inner in group.commands.items()
}


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_a_group_is_documented(name):
    """As a command is: a heading of its own below the group's, and a row for each option."""
    group = sections(text("commands.md"))[name.partition(" ")[0]]
    part = re.split(r"^### +", group.partition(f"### {name}\n")[2], maxsplit=1, flags=re.M)[0]

    assert {option for row in re.findall(r"^\| `([^`]*)`", part, re.M) for option in re.findall(r"--[a-z-]+", row)} == (
        options(PARTS[name]) - {"--help"}
    )
    assert part.startswith(f"\n    feedhub {name} ")


def test_the_options_of_every_command_are_documented():
    """--hub and the like, each with its variable."""
    section = sections(text("commands.md"))["For every command"]

    for param in cli.params:
        if isinstance(param, click.Option) and param.name != "version":
            assert f"`{param.opts[-1]}" in section
            assert f"`FEEDHUB_{param.name.upper()}`" in section
    assert "`FEEDHUB_NOW`" in section


@each_doc
def test_no_doc_calls_what_there_is_not(path):
    """Every call of feedhub in a doc names a command, and options of it."""
    wrong = [
        (name, unknown)
        for name, given in called(path.read_text(encoding="utf-8"))
        if name not in COMMANDS or (unknown := given - options(command(name)))
    ]

    assert wrong == []


def test_calls_are_found():
    """The test above looks at something: README and commands.md call every step of a week."""
    for name in ("README.md", "docs/commands.md"):
        found = {called_one for called_one, _ in called((PROJECT / name).read_text(encoding="utf-8"))}
        assert {"init", "poll", "list", "tag", "annotate", "pick", "publish"} <= found
    assert ("pick", {"--section"}) in list(called("`feedhub pick 12 --section News`"))


def exit_codes(of: type[FeedhubError]) -> set[int]:
    return {of.exit_code}.union(*(exit_codes(kind) for kind in of.__subclasses__()))


def test_every_exit_code_is_documented():
    """Those of the error classes, and of signals and closed pipes."""
    table = {
        int(number) for row in re.findall(r"^\| ([\d, ]+) \|", text("commands.md"), re.M) for number in row.split(",")
    }

    assert table == exit_codes(FeedhubError) | {0, 130, 141, 143}


# feeds.yaml


def records(kind: object, path: str = "") -> Iterator[tuple[str, Record]]:
    """Yield every record of feeds.yaml with the path that leads to it."""
    if isinstance(kind, SectionKind):
        kind = kind.long
    if isinstance(kind, Record):
        yield path, kind
        for name, key in kind.keys.items():
            yield from records(key.kind, f"{path}.{name}".lstrip("."))
    elif isinstance(kind, Many | Table):
        yield from records(kind.kind, path)
    elif isinstance(kind, Either):
        yield from records(kind.long, path)


RECORDS = dict(records(HUB))


def rows(section: str) -> dict[str, str]:
    """Return the keys that a section of feeds-yaml.md has in its table, and what it says of each."""
    return {name: said.replace("\\|", "|") for name, said in re.findall(r"^\| `([^`]+)` \| (.*) \|$", section, re.M)}


def heading(path: str) -> str:
    return path or "The whole file"


def test_every_record_has_its_section():
    """And no section is of a record that is not there."""
    tables = {name for name, section in sections(text("feeds-yaml.md")).items() if rows(section)}

    assert tables == {heading(path) for path in RECORDS}
    assert {"newsletter", "newsletter.week", "newsletter.sections", "feeds", "feeds.releases", "tags"} <= set(RECORDS)


@pytest.mark.parametrize("path", RECORDS, ids=heading)
def test_every_key_is_documented(path):
    """With its own sentence, whether it must be there, and whether this version acts on it."""
    said = rows(sections(text("feeds-yaml.md"))[heading(path)])

    assert said == {name: sentence(key) for name, key in RECORDS[path].keys.items()}


def sentence(key: Key) -> str:
    return key.help + (" **Required.**" if key.required else "") + (" *(later)*" if key.later else "")


# links


@each_doc
def test_links_between_docs_resolve(path):
    """To files that are there, and to headings that are in them."""
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", path.read_text(encoding="utf-8")):
        file, _, anchor = target.partition("#")
        there = (path.parent / file) if file else path

        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


def anchors(of: str) -> set[str]:
    """Return the anchors of a document's headings as GitHub makes them."""
    titles = re.findall(r"^#+ +(.*?) *$", of, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@each_doc
def test_files_that_a_doc_names_are_there(path):
    """A path of the package in back-ticks is a file or a folder of it."""
    named = re.findall(
        r"`((?:feedhub|tests|docs|bench)/[\w./-]+|[a-z]+/[a-z_]+\.py)`", path.read_text(encoding="utf-8")
    )

    roots = (PROJECT, PROJECT / "feedhub")
    missing = [name for name in named if "NAME" not in name and not any((root / name).exists() for root in roots)]
    assert missing == []
