"""feeds.yaml, wrong in many ways and right in some: what its reader and its JSON Schema are held to."""

from conftest import HUB

HEAD = """newsletter:
  title: Weekly
  id: tag:a.example,2019:x
"""

SECTIONS = (
    HEAD
    + """  sections:
    - News
    - {id: up, title: Upstream, alias: u, groups: [Kubernetes, Knative]}
"""
)

# The text, where it is wrong (line:column), what is said, and whether a JSON Schema can see it.
BROKEN = {
    "nothing": ("", "", "the file is empty; `feedhub init` writes one", True),
    "nothing but remarks": ("# later\n", "", "the file is empty", True),
    "not closed": (HEAD + "feeds: [a, b\n", "5:1", "this is not YAML", False),
    "a tab": ("newsletter:\n\ttitle: x\n", "2:1", "this is not YAML", False),
    "a control character": (HEAD + "  tagline: \x07\n", "4:12", "this is not YAML", False),
    "two documents": (HEAD + "---\nfeeds: []\n", "4:1", "another document", False),
    "half a character": (HEAD + '  tagline: "\\ud800"\n', "4:15", "this is not YAML", False),
    "a list": ("- newsletter\n", "1:1", "feeds.yaml is a mapping", True),
    "one word": ("newsletter\n", "1:1", "feeds.yaml is a mapping", True),
    "a key that is none": (HEAD + "feed: []\n", "4:1", "unknown key 'feed' in feeds.yaml; did you mean feeds?", True),
    "a key of the newsletter": (HEAD + "  lang: en\n", "4:3", "unknown key 'lang' in newsletter", True),
    "a key in another case": (HEAD + "  Language: en\n", "4:3", "did you mean language or languages?", True),
    "a key of a feed": (
        HEAD + "feeds:\n  - name: a\n    link: https://a.example/\n",
        "6:5",
        "unknown key 'link' in a feed",
        True,
    ),
    "a key of the network": (
        HEAD + "network:\n  dead_line: 5s\n",
        "5:3",
        "unknown key 'dead_line' in network; did you mean deadline or poll_deadline?",
        True,
    ),
    "a key that is a list": (HEAD + "  ? [a]\n  : b\n", "4:5", "key", False),
    "a key twice": (HEAD + "  title: Other\n", "4:3", "title stands here twice", False),
    "no newsletter": ("feeds: []\n", "1:1", "feeds.yaml needs newsletter", True),
    "no id": ("newsletter:\n  title: x\n", "2:3", "newsletter needs id: Every id that feedhub mints", True),
    "a feed without a name": (HEAD + "feeds:\n  - url: https://a.example/\n", "5:5", "a feed needs name", True),
    "GitHub, and nothing to ask it": (
        HEAD + "feeds:\n  - name: a\n    kind: github\n",
        "5:5",
        "feed a is of kind github: it needs a query, or the url of a repository's releases",
        False,
    ),
    "a page of GitHub": (
        HEAD + "feeds:\n  - name: a\n    kind: github\n    url: https://github.com/a/b\n",
        "7:10",
        "this is no list of releases, such as https://api.github.com/repos/OWNER/REPO/releases",
        False,
    ),
    "a query of a feed": (
        HEAD + "feeds:\n  - name: a\n    url: https://a.example/\n    query: is:pr\n",
        "7:12",
        "query is for feeds of kind github; feed a is of kind feed",
        False,
    ),
    "a token of a calendar": (
        HEAD + "feeds:\n  - {name: a, kind: ical, url: 'https://a.example/', token: $T}\n",
        "5:61",
        "token is for feeds of kind github; feed a is of kind ical",
        False,
    ),
    "a calendar without a url": (HEAD + "feeds:\n  - {name: a, kind: ical}\n", "5:5", "feed a needs a url", False),
    "G09: a token in the clear": (
        HEAD + "feeds:\n  - {name: a, kind: github, query: x, token: abc}\n",
        "5:46",
        "is not a variable such as $GITHUB_TOKEN",
        True,
    ),
    "G09: a token of all in the clear": (
        HEAD + "network: {github_token: abc}\n",
        "4:25",
        "is not a variable such as $GITHUB_TOKEN",
        True,
    ),
    "a feed without a url": (HEAD + "feeds:\n  - name: a\n", "5:5", "feed a needs a url", False),
    "no value": ("newsletter:\n  title:\n  id: tag:a.example,2019:x\n", "2:9", "text is expected here", True),
    "a list for a text": (HEAD + "  tagline: [a]\n", "4:12", "text is expected here", True),
    "a text for a list": (HEAD + "feeds: none\n", "4:8", "a list is expected here: [one, two]", True),
    "a text for a mapping": ("newsletter: x\n", "1:13", "newsletter is a mapping", True),
    "an id that is no tag URI": (
        "newsletter:\n  title: x\n  id: https://a.example/\n",
        "3:7",
        "'https://a.example/' is not a tag URI (RFC 4151), such as tag:weekly.example.org,2019:x",
        True,
    ),
    "a language that is none": (HEAD + "  language: English\n", "4:13", "is not a language (BCP 47)", True),
    "an address that is none": (HEAD + "  home: weekly.example\n", "4:9", "is not an http or https address", True),
    "S04: a file for a feed": (
        HEAD + "feeds:\n  - {name: a, url: 'file:///etc/passwd'}\n",
        "5:20",
        "'file:///etc/passwd' is not an http or https address",
        True,
    ),
    "S04: a command for a feed": (HEAD + "feeds:\n  - {name: a, url: '|id'}\n", "5:20", "is not an http", True),
    "an address without a host": (HEAD + "  home: 'http://'\n", "4:9", "is not an http or https address", True),
    "an address with an impossible port": (
        HEAD + "  home: https://a.example:0/\n",
        "4:9",
        "is not an http or https address",
        False,
    ),
    "a contact that reaches nobody": (
        HEAD + "  contact: me\n",
        "4:12",
        "'me' is not an e-mail address or a page",
        True,
    ),
    "a zone that there is not": (HEAD + "  timezone: Asia/Peking\n", "4:13", "'Asia/Peking' is no time zone", False),
    "a zone that is a folder": (HEAD + "  timezone: Asia\n", "4:13", "'Asia' is no time zone", False),
    "a zone that leads elsewhere": (HEAD + "  timezone: ../../etc/passwd\n", "4:13", "is no time zone", False),
    "a weekday that is none": (
        HEAD + "  week: {starts: monday}\n",
        "4:18",
        "'monday' is none of mon, tue, wed, thu, fri, sat, sun; did you mean mon?",
        True,
    ),
    "an hour that there is not": (HEAD + "  week: {closes: thu 24:00}\n", "4:18", "is not a weekday and a time", True),
    "a number below its range": (HEAD + "  first_number: -1\n", "4:17", "a whole number from 0 to 1000000", True),
    "a number above its range": (HEAD + "network: {per_host: 5}\n", "4:21", "a whole number from 1 to 4", True),
    "a number with a fraction": (HEAD + "  feed_issues: 2.5\n", "4:16", "a whole number from 1 to 1000", True),
    "a pattern with an unknown name": (
        HEAD + '  issue_title: "{headlin}"\n',
        "4:16",
        "is not text with {headline}, {title}, {number}, {week}",
        True,
    ),
    "G02: an interval of nothing": (HEAD + "network: {interval: 0s}\n", "4:21", "a time from 5m to 31d", False),
    "a time without a unit": (
        HEAD + "network: {deadline: 30}\n",
        "4:21",
        "a time from 1s to 5m is expected here",
        True,
    ),
    "G02: a size without an end": (
        HEAD + "network: {max_body: 1000000000000}\n",
        "4:21",
        "a size from 1KiB to 256MiB is expected here, such as 16MiB",
        False,
    ),
    "a size in another unit": (HEAD + "network: {max_body: 16MB}\n", "4:21", "such as 16MiB", True),
    "an address for a host": (HEAD + "network: {allow: ['http://a:80']}\n", "4:19", "is not host:port", True),
    "a feed twice": (
        HEAD + "feeds:\n  - {name: a, url: 'https://a.example/'}\n  - {name: A, url: 'https://b.example/'}\n",
        "6:5",
        "feed 'A' stands here twice; names are unique",
        False,
    ),
    "an editor twice": (
        HEAD + "editors: [{id: a, name: A}, {id: a, name: B}]\n",
        "4:29",
        "editor 'a' stands here twice",
        False,
    ),
    "a section twice": (HEAD + "  sections: [News, news]\n", "4:20", "section 'news' stands here twice", False),
    "a section twice, behind some with aliases": (
        HEAD + "  sections: [{id: a, title: A, alias: b}, {id: c, title: C, alias: d}, a, e, f]\n",
        "4:72",
        "section 'a' stands here twice",
        False,
    ),
    "an alias that is another's id": (
        SECTIONS + "    - {id: x, title: X, alias: UP}\n",
        "7:7",
        "section 'UP' stands here twice",
        False,
    ),
    "a section that is not listed": (
        SECTIONS + "feeds:\n  - name: a\n    url: https://a.example/\n    section: Upstrem\n",
        "10:14",
        "there is no section 'Upstrem'; did you mean Upstream?",
        False,
    ),
    "a section that is no path, where none are listed": (
        HEAD + "feeds:\n  - {name: a, url: 'https://a.example/', section: News/}\n",
        "5:51",
        "'News/' is no path",
        False,
    ),
    "a group that is not listed": (
        SECTIONS + "feeds:\n  - {name: a, url: 'https://a.example/', section: up/Istio}\n",
        "8:51",
        "there is no group 'Istio'",
        False,
    ),
    "a rule whose field is none": (
        HEAD + "rules:\n  - {name: r, match: 'title: a  titel: b', score: 1}\n",
        "5:33",
        "there is no field 'titel'; did you mean title?",
        False,
    ),
    "a rule that no linear-time engine computes": (
        HEAD + "rules:\n  - name: r\n    match: 'title: /a(?=b)/'\n    hide: x\n",
        "6:20",
        "RE2 cannot compute this: invalid perl operator: (?=",
        False,
    ),
    "a rule over several lines": (
        HEAD + "rules:\n  - name: r\n    hide: x\n    match: >\n      title: a\n      /b(?<!c)/\n",
        "7:12",
        "RE2 cannot compute this",
        False,
    ),
    "a rule without a match": (HEAD + "rules: [{name: r, tag: x}]\n", "4:9", "a rule needs match", True),
    "a rule that does nothing": (HEAD + "rules: [{name: r, match: x}]\n", "4:9", "rule r does nothing", False),
    "a rule twice": (
        HEAD + "rules:\n  - {name: r, match: x, tag: x}\n  - {name: R, match: x, tag: x}\n",
        "6:5",
        "rule 'R' stands here twice",
        False,
    ),
    "a rule's tag that is not in the vocabulary": (
        HEAD + "tags: {kubernetes: {}}\nrules: [{name: r, match: x, tag: kubernets}]\n",
        "5:34",
        "'kubernets' is not in `tags:`; did you mean kubernetes?",
        False,
    ),
    "a rule's section that is not listed": (
        SECTIONS + "rules: [{name: r, match: x, section: Upstrem}]\n",
        "7:38",
        "there is no section 'Upstrem'; did you mean Upstream?",
        False,
    ),
    "a step that there is not": (
        HEAD + "feeds: [{name: a, url: 'https://a.example/', releases: {bump: tiny}}]\n",
        "4:63",
        "'tiny' is none of major, minor, patch",
        True,
    ),
    "a tag that is not in the vocabulary": (
        HEAD + "tags: {kubernetes: {}}\nfeeds:\n  - {name: a, url: 'https://a.example/', tags: [kubernets]}\n",
        "6:48",
        "'kubernets' is not in `tags:`; did you mean kubernetes?",
        False,
    ),
}

GOOD = {
    "the least": HEAD,
    "a byte-order mark": "\ufeff" + HEAD,
    "what these tests run with": HUB,
    "sections of every form": SECTIONS + "    - Beyond: [Service Mesh, Serverless]\n    - {Alone: []}\n",
    "all of a newsletter": HEAD
    + """  subtitle: Sub
  language: zh-Hant-TW
  languages: [zh-Hant-TW, en]
  home: https://weekly.example/
  contact: https://weekly.example/about
  tagline: One.
  footer: Two.
  hub: https://hub.example/
  timezone: Europe/Berlin
  week: {starts: sun, closes: thu 15:00, publishes: thu 18:00}
  first_number: 0
  issue_title: "{headline} {title} {number} {week}"
  review: required
  upstream_text: full
  feed_issues: 5
""",
    "all else": HEAD
    + """editors:
  - {id: ed1, name: One, login: ed1}
  - {id: ed2, name: {zh-CN: 编辑二, en: Two}, login: [ed2, ed2@example.org], roles: [author, reviewer]}
reasons: {v: vendor, 1: first}
tags: {kubernetes: {alias: [k8s], title: {en: Kubernetes}}, knative: {}}
sponsors: [{name: S, text: {en: Thanks}, url: https://s.example/, label: Ad, issues: 2019-W50, after: News}]
checks: {ignore: [a], error: [b]}
feeds:
  - {name: a, url: https://$HOST/feed, section: Anything/Goes, tags: [k8s]}
  - {name: b.c_d-1, url: "HTTPS://a.example/?x=$TOKEN", releases: {prerelease: false, bump: minor, collapse: patch}}
  - {name: c, kind: github, query: "is:pr", token: $GITHUB_TOKEN}
rules: [{name: r, match: "title: x", tag: [k8s, kubernetes], score: -5, hide: h, section: s}]
keep: 400d
network: {allow: ["127.0.0.1:80", "[::1]:8080"], deadline: 5m, max_body: 1024, interval: 31d, per_host: 4}
""",
    "numbers for names": "newsletter: {title: 2019, id: 'tag:a.example,2019:x'}\nfeeds: [{name: 404, url: https://a.example/}]\n",
    "words that YAML takes for truth": HEAD + "  tagline: yes\n  footer: true\n",
}
