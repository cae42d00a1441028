"""feeds.yaml: what is wrong is named with line, column and the nearest key; what is right is read as it was meant."""

from datetime import timedelta

import pytest
from hubs import BROKEN, GOOD, HEAD, SECTIONS
from hypothesis import given
from hypothesis import strategies as st

from feedhub import config
from feedhub.errors import ConfigurationError
from feedhub.model.feed import Feed, Releases
from feedhub.model.hub import Editor, Network, Rule, Section, Week


@pytest.mark.parametrize(("text", "at", "says", "_"), BROKEN.values(), ids=BROKEN)
def test_G01_what_is_wrong_is_named(text, at, says, _):
    """File, line and column, counted from 1, and what to do about it, on one line."""
    with pytest.raises(ConfigurationError) as raised:
        config.parse(text, "feeds.yaml")

    said = str(raised.value)
    assert said.startswith(f"feeds.yaml{at and ':'}{at}: ")
    assert says in said
    assert said.isprintable()
    assert "Node(" not in said


@given(st.text(max_size=60) | st.text("newsltr: -[]{}\n\t&*!|>'\"%@`#,?", max_size=60).map(lambda text: HEAD + text))
def test_any_text_loads_or_is_wrong(text):
    """Nothing else comes of it, and it is said on one line where it is wrong."""
    try:
        config.parse(text)
    except ConfigurationError as error:
        assert str(error).startswith("feeds.yaml:")  # noqa: PT017 - both outcomes are right
        assert str(error).isprintable()  # noqa: PT017


def test_what_is_read_is_what_was_written():
    """Every key that is acted on, in its record."""
    rest = (
        GOOD["all else"]
        .removeprefix(HEAD)
        .replace("Anything/Goes", "Beyond/Mesh")
        .replace("section: s}", "section: news}")
    )
    hub = config.parse(GOOD["all of a newsletter"] + "  sections: [News, {Beyond: [Mesh]}]\n" + rest)

    letter = hub.newsletter
    assert (letter.language, letter.week, letter.first_number, letter.feed_issues) == (
        "zh-Hant-TW",
        Week(6, "thu 15:00", "thu 18:00"),
        0,
        5,
    )
    assert (str(letter.timezone), letter.hub) == ("Europe/Berlin", "https://hub.example/")
    assert letter.sections == (Section("News", {"": "News"}), Section("Beyond", {"": "Beyond"}, groups=("Mesh",)))
    assert hub.editors == (
        Editor("ed1", {"": "One"}, ("ed1",)),
        Editor("ed2", {"zh-CN": "编辑二", "en": "Two"}, ("ed2", "ed2@example.org"), ("author", "reviewer")),
    )
    assert hub.feeds[0] == Feed("a", "https://$HOST/feed", "feed", "Beyond/Mesh", ("k8s",))
    assert hub.rules == (Rule("r", "title: x", ("kubernetes",), -5, "h", "News"),)
    assert [feed.releases for feed in hub.feeds[:2]] == [None, Releases(False, "minor", "patch")]
    assert (hub.reasons, hub.tags) == ({"v": "vendor", "1": "first"}, {"kubernetes": ("k8s",), "knative": ()})
    assert hub.network == Network(("127.0.0.1:80", "[::1]:8080"), timedelta(minutes=5), 1024, timedelta(days=31), 4)


def test_a_feeds_section_is_kept_by_its_permanent_id():
    """However feeds.yaml calls it: the title may change tomorrow."""
    hub = config.parse(SECTIONS + "feeds: [{name: a, url: https://a.example/, section: Upstream/kube}]\n")

    assert hub.feeds[0].section == "up/Kubernetes"


def test_files_that_cannot_be_read(tmp_path):
    """Are named, with what to do; a byte-order mark is no obstacle."""
    (tmp_path / "latin1.yaml").write_bytes("newsletter: {title: Café}".encode("latin1"))
    (tmp_path / "bom.yaml").write_text(HEAD, encoding="utf-8-sig")

    for name, says in (("none.yaml", "feedhub init"), ("latin1.yaml", "cannot be read"), ("", "cannot be read")):
        with pytest.raises(ConfigurationError, match=says):
            config.load(tmp_path / name)
    assert config.load(tmp_path / "bom.yaml").newsletter.title == "Weekly"


SOURCES = {
    # A feed as it is written, where it is then, what it is asked with.
    "a search": (
        "kind: github, query: 'repo:a/b is:pr'",
        "https://git.example/api/v3/search/issues?q=repo%3Aa%2Fb%20is%3Apr",
        "$ALL",
    ),
    "a search with a token of its own": (
        "kind: github, query: x, token: $MINE", "https://git.example/api/v3/search/issues?q=x", "$MINE"
    ),
    "a search elsewhere": (
        "kind: github, query: x, url: 'https://api.github.com/'", "https://api.github.com/search/issues?q=x", None
    ),
    "a search with what is no secret of ours": (
        "kind: github, query: 'a $HOME'", "https://git.example/api/v3/search/issues?q=a%20%24HOME", "$ALL"
    ),
    "releases": (
        "kind: github, url: 'https://git.example/api/v3/repos/a/b/releases'",
        "https://git.example/api/v3/repos/a/b/releases",
        "$ALL",
    ),
    "releases elsewhere": (
        "kind: github, url: 'https://api.github.com/repositories/7/releases', token: $MINE",
        "https://api.github.com/repositories/7/releases",
        "$MINE",
    ),
    "a calendar": ("kind: ical, url: 'https://git.example/all.ics'", "https://git.example/all.ics", None),
    "a feed": ("url: 'https://git.example/a/b/releases.atom'", "https://git.example/a/b/releases.atom", None),
}  # fmt: skip


@pytest.mark.parametrize(("written", "url", "token"), SOURCES.values(), ids=SOURCES)
def test_where_a_source_is_and_with_what_it_is_asked(written, url, token):
    """G09: the token for one host goes to no other."""
    network = "network: {github: 'https://git.example/api/v3/', github_token: $ALL}\n"

    (feed,) = config.parse(HEAD + f"feeds:\n  - {{name: a, {written}}}\n{network}").feeds

    assert (feed.url, feed.token) == (url, token)


def test_two_searches_are_two_feeds():
    """However alike they are: a feed is known by where it is."""
    feeds = "feeds:\n  - {name: a, kind: github, query: 'is:pr x'}\n  - {name: b, kind: github, query: 'is:pr y'}\n"
    hub = config.parse(HEAD + feeds)

    assert len({feed.url for feed in hub.feeds}) == 2
    assert all(feed.url.startswith("https://api.github.com/search/issues?q=is%3Apr%20") for feed in hub.feeds)
