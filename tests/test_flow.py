"""The whole way, once: from HTTP bytes of two feeds to the weekly that readers get."""

from datetime import timedelta

import feedparser
from conftest import Reply

CHINESE = """<?xml version="1.0" encoding="GB18030"?>
<rss version="2.0"><channel><title>容器笔记</title><link>https://notes.example/</link>
<item><guid>n2</guid><title>{title}</title><link>https://notes.example/2?utm_source=rss</link>
<pubDate>Mon, 09 Dec 2019 09:00:00 +0800</pubDate>
<description>&lt;p&gt;升级之前，先看看&lt;b&gt;弃用&lt;/b&gt;的接口。&lt;/p&gt;</description></item>
<item><guid>n1</guid><title>磁盘满了怎么办</title><link>https://notes.example/1</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Project log</title><id>urn:log</id>
<updated>2019-12-09T08:00:00Z</updated><entry><id>urn:log:7</id><title>Release 7 &amp; what it removes</title>
<link href="/7"/><updated>2019-12-09T08:00:00Z</updated><author><name>Chen</name></author>
<content type="html">&lt;p>See &lt;a href="notes">the notes&lt;/a>.&lt;/p>&lt;script>x()&lt;/script></content></entry>
<entry><id>urn:log:6</id><title>Retold: 升级指南</title><link href="http://notes.example/2/"/>
<updated>2019-12-08T08:00:00Z</updated></entry></feed>"""


def serve(server, title: str) -> None:
    gb = {"Content-Type": "text/xml"}
    server.replies["/notes"] = Reply(CHINESE.format(title=title).encode("gb18030"), headers=gb)
    server.replies["/log"] = Reply(ATOM, headers={"ETag": '"log"', "Content-Type": "application/atom+xml"})


def files(weekly) -> dict[str, bytes]:
    root = weekly.folder / "output"
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_from_http_bytes_to_the_weekly(weekly, server):
    """Poll, tag, annotate, pick, publish; upstream edits what was published; polling and publishing again keep it."""
    serve(server, "升级指南")
    weekly.write(
        f"  - {{name: notes, url: '{server.url}/notes', section: 业界要闻, tags: [ops]}}\n"
        f"  - {{name: log, url: '{server.url}/log', section: up/Kubernetes}}",
        f"network: {{allow: ['{server.host}']}}\n",
    )

    assert {visit["name"]: visit["new"] for visit in weekly.json("poll")[:2]} == {"notes": 2, "log": 2}
    titles = {story["title"]: story for story in weekly.json("list", "--new")}
    assert set(titles) == {"升级指南", "磁盘满了怎么办", "Release 7 & what it removes"}
    assert titles["升级指南"]["also"] == ["log"]
    guide, release = (str(titles[title]["number"]) for title in ("升级指南", "Release 7 & what it removes"))
    assert [story["number"] for story in weekly.json("search", "弃用")] == [int(guide)]

    weekly.run("tag", guide, "--add", "kubernetes", "--remove", "ops")
    weekly.run("annotate", guide, "--text", "升级前必读：**先看弃用清单**。", "--title", "升级之前读这一篇")
    weekly.run("annotate", release, "--text", "删掉的比加上的多。", editor="ed2")
    weekly.run("pick", guide)
    weekly.run("pick", release, editor="ed2")
    weekly.run("drop", "https://notes.example/1", "-r", "旧闻")
    weekly.run("publish")
    before = files(weekly)
    read_back(before, server)

    serve(server, "升级指南（已更正）")
    weekly.now += timedelta(hours=2)
    visits = {visit["name"]: visit for visit in weekly.json("poll")[:2]}
    assert (visits["notes"]["outcome"], visits["notes"]["changed"]) == ("fetched", 1)
    assert visits["log"]["outcome"] == "unchanged"
    assert [headers.get("if-none-match") for path, headers in server.requests if path == "/log"] == [None, '"log"']
    (story,) = weekly.json("show", guide)
    assert (story["title"], story["revisions"][0]["title"]) == ("升级指南（已更正）", "升级指南")
    assert (story["tags"], story["state"]) == (["kubernetes"], "published")
    weekly.run("publish")
    assert files(weekly) == before


def read_back(published: dict[str, bytes], server) -> None:
    """Check what a reader gets: by a feed reader, and as Markdown."""
    feed = feedparser.parse(published["weekly.atom"])
    (entry,) = feed.entries
    assert (feed.bozo, feed.feed.title, feed.feed.language) == (False, "云原生周报", "zh-CN")
    assert entry.title == "升级之前读这一篇 | 云原生周报 No. 1"
    assert [author.name for author in entry.authors] == ["ed1", "ed2"]
    assert [tag.term for tag in entry.tags] == ["kubernetes"]
    assert [link.href for link in entry.links if link.rel == "related"] == [
        "https://notes.example/2?utm_source=rss", f"{server.url}/7",
    ]  # fmt: skip
    assert "<strong>先看弃用清单</strong>" in entry.content[0].value
    issue = published["issues/2019-W50/issue.md"].decode()
    assert issue.split("\n\n")[0] == "# 升级之前读这一篇 | 云原生周报 No. 1"
    for line in (
        "## 业界要闻",
        "**[升级之前读这一篇](<https://notes.example/2?utm_source=rss>)**",
        "升级前必读：**先看弃用清单**。",
        "来源：容器笔记 · 原题：升级指南 · 另见：Project log",
        "### Kubernetes",
        "来源：Project log (Chen)",
    ):
        assert f"\n\n{line}\n" in issue
