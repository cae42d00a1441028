"""feeds.yaml: what is wrong is named with line, column and the nearest key; what is right is read as it was meant."""

from datetime import timedelta

import pytest
from hubs import BROKEN, GOOD, HEAD, SECTIONS
from hypothesis import given
from hypothesis import strategies as st

from feedhub import config
from feedhub.errors import ConfigurationError
from feedhub.model.feed import Feed
from feedhub.model.hub import Editor, Network, Section, Week


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
    rest = GOOD["all else"].removeprefix(HEAD).replace("Anything/Goes", "Beyond/Mesh")
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
