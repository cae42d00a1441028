"""Checks S02 to S09 of the way in, black box: nobody is led inside, by no redirect, name, entity or list of feeds."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Weekly
from hostile import COMPANION, NOW, Hub, Site, serving

PREPARED = (
    'ip link set lo up && ip addr add 169.254.169.254/32 dev lo && mount --bind "$0" /etc/resolv.conf && exec "$@"'
)


@pytest.fixture(scope="module")
def island(shared, tmp_path_factory) -> Iterator[Site]:
    """The hostile server in a network of its own, from which nothing leads out: with its names, and cloud metadata."""
    new = ["unshare", "--net", "--mount"]
    if not shutil.which("nsenter") or subprocess.run([*new, "ip", "link"], capture_output=True, check=False).returncode:
        pytest.skip("needs the right to make a network namespace")
    folder = tmp_path_factory.mktemp("island")
    resolver = folder / "resolv.conf"
    resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    inside = [*new, "sh", "-c", PREPARED, str(resolver)]
    with serving(shared / "hostile/hostile_server.py", folder, "--imds", "--dns-port", "53", inside=inside) as one:
        yield one


def ssrf(site: Site) -> dict[str, str]:
    """Return where each of the redirects leads."""
    cases = [case for case in site.ask("/_manifest") if case["group"] == "ssrf"]
    return {case["name"]: case["what"].partition(" to ")[2].replace("{canary}", str(site.canary)) for case in cases}


def test_S02_no_redirect_leads_inside(site, island, tmp_path):
    """All 22, where even the metadata address answers."""
    cases = ssrf(site)
    urls = {name: island.url(f"/case/{name}") for name in cases} | {"beside": island.url(COMPANION)}
    hub = Hub(tmp_path / "hub", enter=island.enter).write(urls, island.allow)

    run = hub.run("poll", "--json")

    assert {name: one["outcome"] for name, one in run.polls.items() if name} == dict.fromkeys(cases, "failed") | {
        "beside": "fetched"
    }
    assert (len(cases), island.canary_hits()) == (22, [])
    assert b"CANARY" not in hub.written()


def test_S01_S03_no_such_address_can_be_added(site, tmp_path):
    """Exit 2, for the hostile server itself as well as for where it would lead; nobody was asked."""
    weekly = Weekly(tmp_path)
    weekly.write()
    targets = [*ssrf(site).values(), site.url("/feed/good")]
    before = len(site.asked())

    for target in targets:
        assert weekly.run("feed", "add", target, code=2).stderr, target

    assert (len(targets), len(site.asked())) == (23, before)
    assert "feeds:" not in (tmp_path / "feeds.yaml").read_text(encoding="utf-8")


def traced(hub: Hub, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command under strace; return its exit code and every file that it opened or program that it began."""
    if not shutil.which("strace"):
        pytest.skip("needs strace")
    log = folder / "strace"
    hub.enter = ("strace", "-f", "-qq", "-e", "trace=open,openat,execve", "-o", str(log))
    code = hub.run(*arguments).code
    hub.enter = ()
    return code, log.read_text(errors="replace")


EVIL = ["file://{secret}", "gopher://127.0.0.1/", "ftp://127.0.0.1/", "data:text/xml,<rss/>", "javascript:alert(1)",
        "exec:cat {secret}", "filter:cat {secret}", "|cat {secret}", "{secret}"]  # fmt: skip


def test_S04_what_is_no_address_of_the_web_is_neither_opened_nor_run(tmp_path):
    """By `feed add`, and in a list of feeds; feeds.yaml itself is held by tests/test_config.py."""
    secret = tmp_path / "secret.xml"
    secret.write_text("<rss/>")
    evil = [one.format(secret=secret) for one in EVIL]
    rows = "".join(
        f'<outline type="rss" text="{place}" xmlUrl="{one.replace("<", "&lt;")}"/>' for place, one in enumerate(evil)
    )
    (tmp_path / "list.opml").write_text(f'<opml version="2.0"><body>{rows}</body></opml>')
    hub = Hub(tmp_path / "hub").write({}, [])

    code, added = traced(hub, tmp_path, "feed", "add", *evil)
    _, imported = traced(hub, tmp_path, "feed", "import", str(tmp_path / "list.opml"))

    assert code == 2
    assert "list.opml" in imported
    assert "secret.xml" not in re.sub(r"^.*execve.*feedhub.*$", "", added + imported, flags=re.MULTILINE)
    assert not re.search(r'execve\("[^"]*/(?:sh|cat)"', added + imported)
    assert "xmlUrl" not in hub.run("feed", "export", "-").out


@pytest.mark.parametrize("polls", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_S06_a_name_that_changes_its_mind_leads_nowhere_else(island, tmp_path, polls):
    """The address that was checked is the one that is connected to, however often the answer changes."""
    before = len(island.asked(path="/feed/good"))
    hub = Hub(tmp_path / "hub", enter=island.enter).write(
        {"rebind": f"http://rebind.test:{island.port}/feed/good"}, [f"127.0.0.1:{island.port}"]
    )
    outcomes = {hub.run("poll", "--force", "--json").polls["rebind"]["outcome"] for _ in range(polls)}

    asked = island.asked(path="/feed/good")[before:]
    assert outcomes >= {"failed"}
    assert {one["local"] for one in asked} == {"127.0.0.1"}
    assert island.canary_hits() == []


def test_S07_names_of_what_is_inside_are_refused(island, tmp_path):
    """And of a name with two addresses the one that is allowed is used, or none."""
    names = ("good", "mixed", "inside", "meta", "v6")
    urls = {name: f"http://{name}.test:{80 if name == 'meta' else island.port}/feed/good" for name in names}
    hub = Hub(tmp_path / "hub", enter=island.enter).write(urls, [f"127.0.0.1:{island.port}"])

    outcomes = {name: one["outcome"] for name, one in hub.run("poll", "--json").polls.items() if name}

    assert outcomes.pop("good") == "fetched"
    assert outcomes.pop("mixed") in ("fetched", "failed")
    assert set(outcomes.values()) == {"failed"}
    assert island.canary_hits() == []


def test_S08_no_document_has_a_file_opened(site, tmp_path):
    """Nor an address asked for: entities, DTDs, XInclude, stylesheets."""
    names = ("xxe-file", "xxe-http", "xxe-dtd", "xxe-param", "xml-xinclude", "xml-stylesheet")
    hub = Hub(tmp_path / "hub").write({name: site.url(f"/case/{name}", "s08") for name in names}, site.allow)

    code, opened = traced(hub, tmp_path, "poll")

    assert (code, len(hub.titles())) == (0, 6)
    assert "feedhub.db" in opened
    assert "secret.txt" not in opened
    assert site.canary_hits() == []


def test_S09_a_poll_asks_for_feeds_and_for_nothing_else(site, tmp_path):
    """One request each: no icon, no image, no enclosure, no page."""
    paths = [case["path"] for case in site.ask("/_manifest") if case["group"] == "identity"]
    urls = {path.rpartition("/")[2]: site.url(path, "s09") for path in paths}

    Hub(tmp_path / "hub").write(urls, site.allow).run("poll", now=NOW)

    assert sorted(one["key"] for one in site.asked("s09")) == sorted(f"/c/s09{path}" for path in paths)
