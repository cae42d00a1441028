"""What is published of the hostile server's texts that attack readers, terminals and files: H01, H09, T01, O06."""

import json
import re
from pathlib import Path

import pytest
from hostile import Hub
from lxml import etree
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

CLIENT = "text"


@pytest.fixture(scope="module")
def published(site, tmp_path_factory) -> Hub:
    """A hub of fifteen such feeds, with every story of them in one issue."""
    groups = ("sanitise", "terminal", "inject")
    names = [
        case["name"] for case in site.ask("/_manifest") if case["group"] in groups and case["name"] != "field-huge"
    ]
    urls = {name: site.url(f"/case/{name}", CLIENT) for name in names}
    hub = Hub(tmp_path_factory.mktemp("hub")).write(urls, site.allow)
    assert (len(urls), hub.run("poll").code) == (15, 0)
    numbers = [str(json.loads(line)["number"]) for line in hub.run("list", "--all", "--json").out.splitlines()]
    assert hub.run("pick", *numbers, "--section", "业界要闻").code == 0
    assert hub.run("publish").code == 0
    return hub


HARMLESS = set(
    "html head body p a b i em strong u s del ins sub sup small abbr q cite code kbd samp var pre blockquote br hr "
    "h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table thead tbody tfoot tr th td caption div span details summary figure "
    "figcaption img time mark wbr ruby rt rp bdi bdo dfn center col colgroup tt strike".split()
)


def live(markup: str) -> list[str]:
    """Return the tags and attributes that could do anything, found by lexbor, which is not the sanitiser's parser."""
    found = []
    for node in LexborHTMLParser(markup).root.traverse(include_text=False):
        found += [] if node.tag in HARMLESS or node.tag.startswith(("-", "!")) else [node.tag]
        for name, value in node.attributes.items():
            scheme = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", value or ""), re.IGNORECASE)
            bad = name.startswith("on") or name in ("style", "srcdoc", "formaction", "srcset")
            if bad or (scheme and name in ("href", "src") and scheme[1].lower() not in ("http", "https", "mailto")):
                found.append(f"{name}={value}")
    return found


def test_H01_H09_what_is_published_is_harmless(published):
    """In the feed, unescaped once, and in the Markdown, rendered: no script, handler, style, frame or odd link."""
    feed = etree.parse(published.folder / "output/weekly.atom")
    said = ["".join(node.itertext()) for node in feed.iter("{*}content", "{*}summary", "{*}title")]
    (page,) = (published.folder / "output").glob("issues/*/issue.md")
    links = [node.get("href") for node in feed.iter("{*}link")]

    rendered = MarkdownIt("commonmark").render(page.read_text(encoding="utf-8"))

    assert len(live("<a href=' java&#x09;script:x' onclick=y>x</a><svg>")) == 3
    assert max(map(len, said)) > 20_000
    assert [vector for markup in (*said, rendered) for vector in live(markup)] == []
    assert all(link.startswith(("http://", "https://")) for link in links if "://" in link)


def test_T01_O06_nothing_leaves_its_place(site, published):
    """No control character but newline and tab in any file or output; no file outside; text stays as it was sent."""
    files = [path for path in published.folder.rglob("*") if path.is_file()]
    texts = [path.read_text(encoding="utf-8") for path in files if "output" in path.parts]
    texts += [published.run(*verb).out for verb in (["list", "--all"], ["show", "1"], ["status"], ["log"])]
    sent = etree.fromstring(site.fetch("/case/inject-title")).xpath("//item/title/text()")
    kept = published.titles()["inject-title"]

    assert not [found for text in texts for found in re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)]
    assert {path.relative_to(published.folder).parts[0] for path in files} <= {
        "db",
        "output",
        "feeds.yaml",
        "out",
        "err",
    }
    assert {" ".join(title.split()) for title in sent if not set("<&") & set(title)} <= set(kept)
    assert not Path("/tmp/pwned").exists()
