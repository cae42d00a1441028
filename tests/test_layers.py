"""The plan of the house, held: who imports whom, which library lives where, what a quiet run does not load."""

import ast
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Reply, item, rss

import feedhub

ROOT = Path(feedhub.__file__).parent
BOTTOM = {"errors"}
RECORDS = {"errors", "model", "text"}
ROOMS = {"reading", "rules", "rendering", "store", "door"}

MAY_IMPORT = {
    "errors": set(),
    "text": BOTTOM,
    "model": BOTTOM,
    "config": RECORDS,
    "reading": RECORDS,
    "rules": RECORDS,
    "rendering": RECORDS,
    "store": RECORDS,
    "door": RECORDS,
    "pollers": RECORDS | ROOMS,
    "editors": RECORDS | ROOMS,
    "publisher": RECORDS | ROOMS | {"__init__"},
    "cli": RECORDS | ROOMS | {"config", "pollers", "editors", "publisher", "__init__"},
    "__main__": {"cli"},
    "__init__": set(),
    "demo": set(),
}
"""For each part of feedhub the parts that it may import, itself aside; `__init__` has the version."""

HOMES = {
    "feedparser": ["reading/reference.py"],
    "lxml": ["reading/swift/__init__.py", "rendering/atom.py"],
    "feedgen": ["rendering/atom.py"],
    "pycurl": ["door/http.py"],
    "ruamel": ["config/editing.py"],
    "icalendar": ["reading/ical.py"],
    "listparser": ["reading/opml.py"],
    "yaml": ["config/__init__.py", "config/keys.py", "config/kinds.py"],
    "nh3": ["text/markup.py"],
    "selectolax": ["text/markup.py"],
    "markdown_it": ["text/markup.py"],
    "rapidfuzz": ["rules/likeness.py", "text/differences.py"],
    "can_ada": ["text/addresses.py"],
    "re2": ["text/terms.py"],
    "wcwidth": ["text/characters.py"],
    "pysqlite3": ["store/acts.py", "store/connection.py"],
    "sqlite3": ["store/connection.py"],
    "socket": ["door/http.py"],
    "ssl": ["door/http.py"],
    "http": ["cli/demo.py"],
    "ipaddress": ["door/guard.py"],
    "multiprocessing": [],
    "prometheus_client": ["rendering/metrics.py"],
    "fcntl": ["store/connection.py"],
    "pickle": ["pollers/messages.py"],
    "urllib.request": [],
    "asyncio": [],
    "concurrent": [],
}
"""Where each library, and each module of Python that reaches out of the process, may be imported at all."""

FOLDERS = {"click": {"cli"}, "rich": {"cli"}, "subprocess": {"cli", "pollers"}, "sqlite_utils": {"store"}}

CLOCKS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
    ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"), ("time", "ctime"), ("time", "strftime"),
}  # fmt: skip
STOPWATCHES = {
    "cli/poll.py",
    "door/http.py",
    "door/queue.py",
    "pollers/feeds.py",
    "pollers/hosts.py",
    "pollers/readers.py",
    "store/connection.py",
}


@dataclass(frozen=True)
class Import:
    """One import statement's name: module is what is loaded, name what is taken from it."""

    module: str
    name: str | None


FILES = {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")}
MODULES = {
    ".".join(["feedhub", *Path(file).with_suffix("").parts]).removesuffix(".__init__"): file for file in FILES
}  # fmt: skip


def imports(file: str) -> list[Import]:
    """Return everything that a file imports, wherever it stands: deferred, or for types only, counts as well."""
    found = []
    for node in ast.walk(FILES[file]):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports relative to itself"
            found += [Import(node.module or "", alias.name) for alias in node.names]
    return found


def inner(file: str) -> set[str]:
    """Return the files of feedhub that a file imports: `from feedhub import config` is config, not feedhub."""
    found = set()
    for one in imports(file):
        if one.module.split(".")[0] == "feedhub":
            found.add(MODULES.get(f"{one.module}.{one.name}") or MODULES[one.module])
    return found


def part(file: str) -> str:
    return Path(file).parts[0].removesuffix(".py")


def who_imports(library: str) -> set[str]:
    return {
        file for file in FILES for one in imports(file) if f"{one.module}.{one.name or ''}.".startswith(f"{library}.")
    }


def test_there_is_something_to_look_at():
    """All parts are there, and no other."""
    assert {part(file) for file in FILES} == set(MAY_IMPORT)


@pytest.mark.parametrize("file", FILES)
def test_imports_go_down_only(file):
    """cli, actors, rooms, records, errors; actors and pure rooms do not know each other."""
    assert {part(other) for other in inner(file)} - {part(file)} <= MAY_IMPORT[part(file)]


def test_no_import_cycles():
    """Not even deferred ones: there is an order in which every file stands after all that it imports."""
    left = {file: inner(file) - {file} for file in FILES}
    while ready := {file for file, wanted in left.items() if not wanted & left.keys()}:
        left = {file: wanted for file, wanted in left.items() if file not in ready}

    assert left == {}


@pytest.mark.parametrize("library", HOMES)
def test_a_library_has_one_home(library):
    """To replace it means to rewrite that."""
    assert who_imports(library) == set(HOMES[library])


@pytest.mark.parametrize("library", FOLDERS)
def test_a_library_has_one_room(library):
    """Elsewhere, sqlite-utils' Database stands only as the type of what is passed through."""
    found = {file for file in who_imports(library) if part(file) not in FOLDERS[library]}

    others = {one.name for file in found for one in imports(file) if one.module.split(".")[0] == library}
    assert others <= ({"Database"} if library == "sqlite_utils" else set())


def test_every_outside_library_is_listed():
    """One that is new gets its home in this test, and its reason in docs/architecture.md."""
    outside = {one.module.split(".")[0] for file in FILES for one in imports(file)} - set(sys.stdlib_module_names)

    assert outside - {"feedhub"} == {name for name in HOMES if name not in sys.stdlib_module_names and HOMES[name]} | {
        "click", "rich", "sqlite_utils",
    }  # fmt: skip


@pytest.mark.parametrize("file", FILES)
def test_only_the_session_looks_at_the_clock(file):
    """`now` is an argument everywhere else; a stopwatch is allowed where something is waited for."""
    asked = {
        (node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", ""), node.attr)
        for node in ast.walk(FILES[file])
        if isinstance(node, ast.Attribute)
    }

    assert asked & CLOCKS == ({("datetime", "now")} if file == "cli/session.py" else set())
    assert not {one.name for one in imports(file) if one.module == "time" and one.name}
    if file not in STOPWATCHES:
        assert not asked & {("time", "monotonic"), ("time", "perf_counter"), ("time", "sleep")}


@pytest.mark.parametrize("file", FILES)
def test_nothing_runs_what_it_was_told(file):
    """No eval, no exec, no shell."""
    called = {getattr(node.func, "id", getattr(node.func, "attr", "")) for node in calls(file)}
    shells = [keyword for node in calls(file) for keyword in node.keywords if keyword.arg == "shell"]

    assert not called & {"eval", "exec", "system", "popen", "__import__"}
    assert shells == []


def calls(file: str) -> list[ast.Call]:
    return [node for node in ast.walk(FILES[file]) if isinstance(node, ast.Call)]


# what a run loads


HEAVY = {
    "re2",
    "sqlite_utils",
    "yaml",
    "pycurl",
    "feedparser",
    "lxml",
    "rich",
    "nh3",
    "selectolax",
    "markdown_it",
    "feedgen",
}
LOADED = """
import sys
from feedhub.__main__ import main
try:
    main()
except SystemExit as end:
    print(end.code, *sys.modules, file=sys.stderr)
"""


def loaded(*arguments: str, **environment: str) -> set[str]:
    """Run the program in a process of its own, and return the modules that it had at its end."""
    found = subprocess.run(
        [sys.executable, "-c", LOADED, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    code, *modules = found.stderr.splitlines()[-1].split()
    assert code == "0", found.stderr
    return {module for module in modules if "." not in module}


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_a_start_loads_next_to_nothing(option):
    """Commands and libraries are imported when they are needed."""
    modules = loaded(option)

    assert "click" in modules
    assert not modules & (HEAVY | {"wcwidth", "can_ada", "difflib", "multiprocessing"})


def test_help_of_a_command_loads_no_library(tmp_path):
    """Nor does it read feeds.yaml, or open a database: there is none here."""
    assert not loaded("--hub", str(tmp_path), "publish", "--help") & {"pycurl", "feedparser", "rich", "nh3"}


def test_a_quiet_poll_loads_no_parser(weekly, server):
    """A 304 stops at the header: no parser, no sqlite-utils, nothing that draws, and no reader is started."""
    server.replies["/feed"] = Reply(rss(item(1)), headers={"ETag": '"1"'})
    weekly.write(
        f"  - {{name: one, url: '{server.url}/feed', section: 业界要闻}}", f"network: {{allow: ['{server.host}']}}\n"
    )
    weekly.run("poll")

    modules = loaded("--hub", str(weekly.folder), "poll", "--force", FEEDHUB_NOW=weekly.now.isoformat())

    assert "if-none-match" in server.requests[-1][1]
    assert modules & HEAVY == {"pycurl", "yaml"}
