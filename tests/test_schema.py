"""The JSON Schema of feeds.yaml agrees with its reader, and is in the repository; our own examples fit both."""

import json
from pathlib import Path

import pytest
import yaml
from hubs import BROKEN, GOOD, HEAD
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from feedhub import config
from feedhub.errors import ConfigurationError

PROJECT = Path(__file__).parents[1]
SCHEMA = Draft202012Validator(config.schema())


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_good_loads_and_fits_the_schema(text):
    config.parse(text.removeprefix("\ufeff"))

    assert [error.message for error in SCHEMA.iter_errors(yaml.safe_load(text))] == []


SEEN = {name: text for name, (text, _, _, seen) in BROKEN.items() if seen}


@pytest.mark.parametrize("text", SEEN.values(), ids=SEEN)
def test_what_a_schema_can_see_does_not_fit_it(text):
    """An editor's program marks it before feedhub is run."""
    assert list(SCHEMA.iter_errors(yaml.safe_load(text)))


PLACES = [
    *[
        ("newsletter", name)
        for name in ("title", "id", "language", "home", "contact", "week", "first_number", "sections")
    ],
    *[("newsletter", name) for name in ("issue_title", "review", "timezone", "languages", "feed_issues", "nonsense")],
    *[("network", name) for name in ("allow", "deadline", "max_body", "interval", "per_host")],
    *[("feeds", 0, name) for name in ("name", "url", "kind", "section", "tags", "releases", "token", "query")],
    *[("editors", 0, name) for name in ("id", "name", "login", "roles")],
    *[
        ("feeds",),
        ("editors",),
        ("tags",),
        ("tags", "x"),
        ("reasons",),
        ("rules",),
        ("keep",),
        ("network",),
        ("sponsors",),
    ],
]
VALUES = """
- [null, true, false, 0, 5, -1, 1.5, 1000000000000, '', x, en, mon, none, 30s, 1h, 16MiB, author, github, 'a:80', UTC]
- [https://a.example/, ftp://a.example/, 'http://', 'tag:a.example,2019:x', $TOKEN, '{week}', 两, a b, thu 18:00]
- [[], [x], [5], [https://a.example/], [null], [[x]], ['a:80'], [author], [{x: [y]}], [{x: y}], [{}]]
- [{}, {x: y}, {en: x}, {x: null}, {x: {}}, {starts: mon}, {id: x, title: y}, {bump: major}]
"""


@given(st.sampled_from(PLACES), st.sampled_from([value for row in yaml.safe_load(VALUES) for value in row]))
def test_what_loads_fits_the_schema(place, value):
    """The schema is never stricter than the reader: no editor's program marks what feedhub takes."""
    hub = yaml.safe_load(HEAD + "network: {}\ntags: {x: {}}\n")
    hub |= {"feeds": [{"name": "a", "url": "https://a.example/"}], "editors": [{"id": "a", "name": "A"}]}
    *path, last = place
    at = hub
    for step in path:
        at = at[step]
    at[last] = value

    try:
        config.parse(yaml.safe_dump(hub, allow_unicode=True))
    except ConfigurationError:
        return
    assert [error.message for error in SCHEMA.iter_errors(hub)] == []


def test_the_schema_is_one_and_is_in_the_repository():
    """`make schema` writes it."""
    Draft202012Validator.check_schema(config.schema())

    assert json.loads((PROJECT / "feeds.schema.json").read_text(encoding="utf-8")) == config.schema()


def example(path: Path) -> str:
    """Return the text of a feeds.yaml, with what init would fill in."""
    values = {"CONTACT": "ann@a.example", "YEAR": "2019", "DOMAIN": "a.example", "PORT": "8000"}
    text = path.read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(name, value)
    return text


EXAMPLES = [
    PROJECT / "feeds.yaml",
    PROJECT / "feedhub/cli/feeds.template.yaml",
    PROJECT / "feedhub/demo/week/feeds.yaml",
]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_our_own_examples_load(path):
    """And have feeds in them, and sections for these."""
    hub = config.parse(example(path), path.name)

    assert hub.feeds
    assert {feed.section.split("/")[0] for feed in hub.feeds if feed.section} <= {s.id for s in hub.newsletter.sections}
    assert list(SCHEMA.iter_errors(yaml.safe_load(example(path)))) == []


def test_the_example_of_the_design_loads(shared):
    """With all that it says about the newsletter."""
    hub = config.load(shared / "feeds.example.yaml")

    assert len(hub.feeds) > 5
    assert list(SCHEMA.iter_errors(yaml.safe_load((shared / "feeds.example.yaml").read_text(encoding="utf-8")))) == []
