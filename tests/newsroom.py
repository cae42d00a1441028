"""A weekly whose three small feeds were polled twice, a week apart: what the tests of the desk begin with.

Made once a run, copied for every test (the fixture `newsroom`). Stories are called by the constants here.
"""

from datetime import timedelta
from pathlib import Path

from conftest import HUB, TUESDAY, Internet, item, make_hub, rss

from feedhub.model.feed import Response
from feedhub.pollers import feeds as pollers
from feedhub.store import stories
from feedhub.store.connection import open_store
from feedhub.store.stories import Filter

LAST_WEEK = TUESDAY - timedelta(weeks=1)

CACHE, DRAIN, PROBES, MEETUP, SCHEDULER, SIDECAR, GATEWAY = map(str, range(1, 8))
"""CACHE is told by kube and, later, by cn; DRAIN was edited upstream; SIDECAR and GATEWAY share one link."""

FEEDS = """
  - {name: kube, url: 'https://kube.example/feed', section: up/Kubernetes, tags: [kubernetes]}
  - {name: cn, url: 'https://cn.example/feed', section: 业界要闻}
  - {name: mesh, url: 'https://mesh.example/feed'}
"""

TITLES = {
    CACHE: "Node-local cache reaches beta",
    DRAIN: "Drain waits less",
    PROBES: "Startup probes for slow starters",
    MEETUP: "杭州线下聚会报名",
    SCHEDULER: "调度框架的新扩展点",
    SIDECAR: "Sidecars upgrade without a restart",
    GATEWAY: "Gateways: *wildcard* [hosts] `here`",
}

_HTML = "<![CDATA[<p>Pods that <b>linger</b> are left.</p><script>steal()</script><a href='/more'>More</a>]]>"
_CACHE = item(1, TITLES[CACHE], link="https://kube.example/cache", author="ana@kube.org (Ana)")
_DRAIN = {"link": "https://kube.example/drain"}
_PROBES = item(3, TITLES[PROBES], link="https://kube.example/probes", description="Patience for\n%% 3 old programs.")

_CN = rss(
    item(13, "缓存进入 beta", link="http://www.kube.example/cache/?utm_source=cn", description="译文"),
    item(12, TITLES[SCHEDULER], link="https://cn.example/scheduler", description="插件可以在绑定之前排队。"),
    item(11, TITLES[MEETUP], link="https://cn.example/meetup", description="周六下午两点。"),
    title="云原生动态",
)

_MESH = """<feed xmlns="http://www.w3.org/2005/Atom"><title>Mesh log</title><id>urn:mesh</id>
<updated>2019-12-09T08:00:00Z</updated>
<entry><id>urn:mesh:2</id><title>Gateways: *wildcard* [hosts] `here`</title><link href="https://mesh.example/log"/>
<updated>2019-12-09T08:00:00Z</updated><summary>One more field.</summary></entry>
<entry><id>urn:mesh:1</id><title>Sidecars upgrade without a restart</title><link href="https://mesh.example/log"/>
<published>2019-12-06T08:00:00Z</published><updated>2019-12-07T08:00:00Z</updated>
<author><name>Bo</name></author><summary>They hand their sockets over.</summary></entry></feed>"""


def make(folder: Path) -> Path:
    """Poll the feeds into folder/db and return the folder."""
    internet = Internet()
    internet["https://kube.example/feed"] = _response(rss(item(2, "Drain waits", **_DRAIN), _CACHE, title="Kube blog"))
    internet["https://cn.example/feed"] = _response(_CN)
    internet["https://mesh.example/feed"] = _response(_MESH)
    hub = make_hub(FEEDS, HUB)
    db = open_store(folder / "db" / "feedhub.db")
    first = pollers.due(pollers.known(db, hub, LAST_WEEK), LAST_WEEK, ["kube"])
    assert len(list(pollers.poll(db, hub, first, internet, LAST_WEEK))) == 1
    edited = item(2, TITLES[DRAIN], **_DRAIN, description=_HTML)
    internet["https://kube.example/feed"] = _response(rss(_PROBES, edited, _CACHE, title="Kube blog"))
    for name in ("kube", "cn", "mesh"):  # One by one: stories are numbered as their feeds arrive.
        due = pollers.due(pollers.known(db, hub, TUESDAY), TUESDAY, [name])
        assert len(list(pollers.poll(db, hub, due, internet, TUESDAY))) == 1
    found = {str(story.number): story.title for story in stories.find(db, Filter())}
    assert found == TITLES, found
    db.close()
    return folder


def _response(body: str) -> Response:
    return Response(200, headers={"content-type": "application/xml"}, body=body.encode())
