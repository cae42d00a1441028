"""Secrets in addresses: taken out, kept, put back in for the door alone, and hidden in what comes from there."""

import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import HUB, Reply, item, rss
from hypothesis import assume, example, given
from hypothesis import strategies as st

from feedhub import config
from feedhub.config import secrets
from feedhub.config.secrets import Secrets
from feedhub.errors import ConfigurationError, UsageError
from feedhub.text.addresses import shown

TUCKED = {
    # An address, and what stands in it then; s3cr3t is what must not.
    "a password": ("https://ann:s3cr3t@a.example/feed", "https://ann:$A_B_SECRET@a.example/feed"),
    "a password without a user": ("https://:s3cr3t@a.example/feed", "https://:$A_B_SECRET@a.example/feed"),
    "a password with an @": ("https://ann:s3@cr3t@a.example/feed", "https://ann:$A_B_SECRET@a.example/feed"),
    "a user that is a token": ("https://s3cr3t-0123456789@a.example/", "https://$A_B_SECRET@a.example/"),
    "a user with no password is none": ("https://ann@a.example/feed", None),
    "a parameter": ("https://a.example/feed?page=1&api_key=s3cr3t", "https://a.example/feed?page=1&api_key=$A_B_SECRET"),
    "the first of them": ("https://a.example/feed?TOKEN=s3cr3t&page=1", "https://a.example/feed?TOKEN=$A_B_SECRET&page=1"),
    "two that differ": (
        "https://ann:s3cr3t@a.example/?key=s3cr3t2",
        "https://ann:$A_B_SECRET@a.example/?key=$A_B_SECRET_2",
    ),
    "two that are the same": ("https://ann:s3cr3t@a.example/?key=s3cr3t", "https://ann:$A_B_SECRET@a.example/?key=$A_B_SECRET"),
    "one that has a name already": ("https://ann:$MINE@a.example/?key=$OTHER", None),
    "a name that stands there is not given to another": (
        "https://ann:$A_B_SECRET@a.example/?key=s3cr3t",
        "https://ann:$A_B_SECRET@a.example/?key=$A_B_SECRET_2",
    ),
    "a port is none": ("https://a.example:8080/feed", None),
    "nor is a colon in a path": ("https://a.example/feed:s3/x@y", None),
    "nor other parameters": ("https://a.example/feed?keyword=cloud&monkey=1&page=2", None),
    "nothing": ("", None),
}  # fmt: skip


@pytest.mark.parametrize(("address", "expected"), TUCKED.values(), ids=TUCKED)
def test_G09_what_is_nobodys_business_is_taken_out(address, expected):
    """And comes back when it is revealed; what is shown of the address has no secret either."""
    tucked, found = secrets.tuck(address, "a.b")

    assert tucked == (expected or address)
    assert "s3cr3t" not in tucked + shown(address)
    revealed = Secrets({"MINE": "$MINE", "OTHER": "$OTHER", "A_B_SECRET": "$A_B_SECRET"} | found).reveal(tucked)
    assert unquote(revealed) == address


def test_a_feeds_secret_has_a_name_that_a_shell_takes():
    """Whatever the feed is called."""
    for name, called in {"a-blog": "A_BLOG_SECRET", "404": "FEED_404_SECRET", "k8s.io": "K8S_IO_SECRET"}.items():
        assert list(secrets.tuck("https://a:s3cr3t@a.example/", name)[1]) == [called]


SAFE = st.text(st.sampled_from("abcXYZ019-._~!'()*,;:%+=$"), min_size=1, max_size=20)
ANY = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(SAFE, SAFE)
@example("%24", "$A_SECRET")
@example("A_SECRET", "SECRET")
def test_tucking_and_revealing_gives_the_address_back(password, key):
    """As the server means it: only an escape may stand where a character stood."""
    assume(not password.startswith("$") and not key.startswith("$"))
    address = f"https://ann:{password}@a.example/feed?key={key}"

    tucked, found = secrets.tuck(address, "a")

    assert unquote(Secrets(found).reveal(tucked)) == unquote(address)
    assert tucked == "https://ann:$A_SECRET@a.example/feed?key=" + ("$A_SECRET" if key == password else "$A_SECRET_2")
    assert secrets.tuck(tucked, "a") == (tucked, {})


@given(st.dictionaries(st.sampled_from(["ONE", "TWO", "T"]), ANY.map(lambda text: f"{text}{text}~~~"), min_size=1), ANY)
@example({"ONE": "TWO$TWO$~~~", "TWO": "ONEONE~~~"}, "x")
def test_what_was_revealed_is_hidden_again(values, around):
    """Plain or escaped, wherever it stands; an address comes back as it was."""
    kept = Secrets(values)
    assume(not any(value in f"{around}$ONE$TWO$T" for value in values.values()))
    assume(len({*values.values()}) == len(values))
    address = f"https://ann:$ONE@a.example/feed?a=1&token={'&token='.join(f'${name}' for name in values)}"
    known = Secrets({"ONE": "1~~~1", **values})

    assert known.hide(known.reveal(address)) == address
    for value in values.values():
        assert value not in kept.hide(f"{around}{value}{around}")
    assert not any(value in repr(kept) for value in values.values())


def test_short_values_are_not_hidden():
    """A user called a would take every a out of every message."""
    assert Secrets({"A": "a", "B": "b0b0"}).hide("a feed of b0b0") == "a feed of $B"


def test_what_is_revealed_stays_in_its_place():
    """A secret adds no host, path or parameter: it is escaped."""
    revealed = Secrets({"A": "x@evil.example/?y#z&k=v w"}).reveal("https://ann:$A@a.example/feed?token=$A")

    assert (urlsplit(revealed).hostname, urlsplit(revealed).path, urlsplit(revealed).fragment) == (
        "a.example",
        "/feed",
        "",
    )
    assert urlsplit(revealed).query.count("&") == 0


def test_a_name_that_stands_for_nothing_is_said():
    with pytest.raises(UsageError, match=r"\$MINE is neither in the environment nor in db/secrets\.env"):
        Secrets({"OTHER": "x"}).reveal("https://a.example/?key=$MINE")


@pytest.fixture
def file(tmp_path) -> Path:
    """A file of secrets."""
    path = tmp_path / "db/secrets.env"
    secrets.keep(path, {"ONE": "from the file", "TWO": "2"})
    return path


def test_secrets_come_from_feeds_yaml_then_the_environment_then_the_file(file):
    """Only those that are named; the file may have remarks, quotes and export."""
    file.write_text("# ours\nexport ONE='from the file'\nTWO = \"2\"\n\nnothing\n")

    found = secrets.load(file, {"TWO": "from outside", "HOME": "/"}, {"THREE": "3"}, "$ONE $TWO $THREE $FOUR")

    assert found.values == {"ONE": "from the file", "TWO": "from outside", "THREE": "3"}


def test_a_file_that_is_not_needed_is_not_read(tmp_path):
    """Nor must it be there."""
    assert secrets.load(tmp_path, {}, {}, "https://a.example/").values == {}
    assert secrets.load(tmp_path / "none", {}, {}, "$ONE").values == {}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601], ids=oct)
def test_G06_a_file_that_others_may_read_is_refused(file, mode):
    """The line says how to mend it."""
    file.chmod(mode)

    with pytest.raises(ConfigurationError, match="others may read your secrets; mend it with: chmod 600"):
        secrets.load(file, {}, {}, "$ONE")


def test_keeping_a_secret_keeps_the_others(file):
    """One with the same name is replaced; nobody else may read the file, whatever it was before."""
    file.write_text("# ours\n" + file.read_text())
    file.chmod(0o644)

    secrets.keep(file, {"TWO": "zwei", "THREE": "drei"})

    assert file.read_text() == "# ours\nONE=from the file\nTWO=zwei\nTHREE=drei\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_feeds_yaml_is_read_without_its_secrets():
    """A Hub may be printed: the values are apart, and not in its repr."""
    feeds = "feeds:\n  - {name: a, url: 'https://ann:s3cr3t@a.example/?token=$MINE'}\n"
    hub = config.parse(HUB + feeds + "network: {proxy: 'http://me:s3cr3t2@proxy.example:3128'}\n")

    assert hub.feeds[0].url == "https://ann:$A_SECRET@a.example/?token=$MINE"
    assert hub.network.proxy == "http://me:$PROXY_SECRET@proxy.example:3128"
    assert hub.secrets == {"A_SECRET": "s3cr3t", "PROXY_SECRET": "s3cr3t2"}
    assert "s3cr3t" not in repr(hub)


def test_G09_no_feed_gets_the_secret_of_another():
    """However alike their names are; a secret in the clear is none that another address names."""
    urls = {
        "a.b": "https://ann:s3cr3t-1@a.example/",
        "a-b": "https://ann:s3cr3t-2@b.example/",
        "a_b": "https://ann:s3cr3t-1@c.example/?key=s3cr3t-3",
        "other": "https://d.example/?key=$A_B_SECRET_4&token=$A_B_SECRET_2",
        "proxy": "https://ann:s3cr3t-4@e.example/",
    }
    feeds = "feeds:\n" + "".join(f"  - {{name: {name}, url: '{url}'}}\n" for name, url in urls.items())
    hub = config.parse(HUB + feeds + "network: {proxy: 'http://me:s3cr3t-5@proxy.example:3128'}\n")
    known = Secrets({"A_B_SECRET_4": "$A_B_SECRET_4", "A_B_SECRET_2": "$A_B_SECRET_2", **hub.secrets})

    assert {feed.name: unquote(known.reveal(feed.url)) for feed in hub.feeds} == urls
    assert known.reveal(hub.network.proxy) == "http://me:s3cr3t-5@proxy.example:3128"


def test_a_secret_in_the_clear_counts_whatever_it_was_before(file):
    """Who changes a password in feeds.yaml means it."""
    assert secrets.load(file, {"ONE": "outside"}, {"ONE": "clear"}, "$ONE $TWO").values == {"ONE": "clear", "TWO": "2"}


def test_no_secret_is_looked_for_in_a_name():
    """A password may be a word of the names that stand for others."""
    kept = Secrets({"A_SECRET": "hunter22", "B_SECRET": "SECRET"})

    assert kept.hide("hunter22 and SECRET") == "$A_SECRET and $B_SECRET"


def test_O14_a_server_that_says_our_secret_back_does_not_publish_it(weekly, server):
    """Private feeds name themselves, and link to pages, with the key in the address."""
    self_link, real = f"{server.url}/feed?token=s3cr3t-key", server.url.replace("//", "//ann:s3cr3t-pass@")
    server.replies["/feed?token=s3cr3t-key"] = Reply(
        rss(
            item(1, link="/post/1"), item(2, link=self_link), item(3, description=f"&lt;a href='{self_link}'&gt;")
        ).replace("https://a.example/", self_link)
    )
    weekly.write(
        f"  - {{name: a, url: '{real}/feed?token=s3cr3t-key', section: 业界要闻}}",
        f"network: {{allow: ['{server.host}']}}\n",
    )
    weekly.run("poll")
    weekly.run("pick", "1", "2", "3")
    weekly.run("publish")

    said = weekly.run("show", "3", "--json").stdout + weekly.run("status").stdout + weekly.run("list", "--json").stdout
    files = [path for path in weekly.folder.rglob("*") if path.is_file() and path.name != "feeds.yaml"]
    assert len(files) > 4
    assert [path.name for path in files if b"s3cr3t" in path.read_bytes()] == []
    assert "s3cr3t" not in said
    assert f"{server.url}/post/1" in said
