"""The keys of feeds.yaml: one table, from which the reader, the JSON Schema and the test of the docs are made."""

import yaml

from feedhub.config.kinds import (
    Address,
    Duration,
    Either,
    Flag,
    Key,
    Many,
    Match,
    Node,
    Record,
    Schema,
    Size,
    Table,
    Text,
    Whole,
    Word,
    Zone,
    pairs_of,
)
from feedhub.model.hub import Section

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TITLES = Either(Text(), Table(Text()), lambda text: {"": text})
LANGUAGE = Text(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", "a language (BCP 47), such as zh-CN")
NAME = Text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", "a name of letters, digits, dots, dashes and underscores")
BACKLOG = Text(r"all|none|\d{1,4}", "all, none or a number of days")
TOKEN = Text(r"\$[A-Z_][A-Z0-9_]*", "a variable such as $GITHUB_TOKEN")
MOMENT = Text(rf"({'|'.join(DAYS)}) ([01]\d|2[0-3]):[0-5]\d", "a weekday and a time, such as thu 18:00")


class SectionKind:
    """A section: a title, {title: [groups]}, or the long form with id, title, alias and groups."""

    long = Record(
        "a section",
        {
            "id": Key(NAME, "The permanent id; later titles may change.", required=True),
            "title": Key(TITLES, "The title, or one per language.", required=True),
            "alias": Key(NAME, "A short name to type."),
            "groups": Key(Many(Text()), "Sub-headings, in their order."),
        },
    )

    def read(self, node: Node) -> Section:
        """Return the section."""
        if isinstance(node, yaml.ScalarNode):
            title = Text().read(node)
            return Section(title, {"": title})
        pairs = pairs_of(node, "a section")
        if len(pairs) == 1 and pairs[0][1] not in self.long.keys:
            title = pairs[0][1]
            return Section(title, {"": title}, groups=Many(Text()).read(pairs[0][2]))
        found = self.long.read(node)
        return Section(found["id"], found["title"], found.get("alias"), found.get("groups", ()))

    def schema(self) -> Schema:
        """Return the JSON Schema."""
        groups = Many(Text()).schema()
        short = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": groups}
        return {"anyOf": [Text().schema(), self.long.schema(), short]}


WEEK = Record(
    "week",
    {
        "starts": Key(Word(DAYS), "The first day of the newsletter's week (mon)."),
        "closes": Key(MOMENT, "When an issue takes no more items.", later=True),
        "publishes": Key(MOMENT, "When an issue appears.", later=True),
    },
)

NEWSLETTER = Record(
    "newsletter",
    {
        "title": Key(Text(), "The newsletter's name.", required=True),
        "id": Key(
            Text(
                r"tag:[^\s,]+,\d{4}(-\d\d){0,2}:[^\s]+", "a tag URI (RFC 4151), such as tag:weekly.example.org,2019:x"
            ),
            "Every id that feedhub mints starts with this tag URI; it never changes.",
            required=True,
        ),
        "subtitle": Key(Text(), "A line below the name."),
        "language": Key(LANGUAGE, "The language that it is written in (en)."),
        "languages": Key(Many(LANGUAGE), "All languages; the first is `language`.", later=True),
        "home": Key(Address(), "Where output/ is served; links in the feed start here."),
        "contact": Key(
            Text(r"[^\s<>\"]+@[^\s<>\"]+|https?://[^\s<>\"]+", "an e-mail address or a page"),
            "Goes into the User-Agent, so that publishers can reach you; a poll without one stops.",
        ),
        "tagline": Key(Text(), "The line below the masthead of an issue."),
        "footer": Key(Text(), "The line at the end of an issue."),
        "hub": Key(Address(), "A WebSub hub that the feed names."),
        "timezone": Key(Zone(), "The newsletter's week and dates are in this zone (UTC)."),
        "week": Key(WEEK, "How the week runs."),
        "first_number": Key(Whole(0, 1_000_000), "The number of the first issue (1)."),
        "issue_title": Key(
            Text(r"([^{}]|\{(headline|title|number|week)\})+", "text with {headline}, {title}, {number}, {week}"),
            "How an issue's title is made ({headline} | {title} No. {number}).",
        ),
        "review": Key(Word(("none", "required")), "Whether publish needs an approval.", later=True),
        "upstream_text": Key(Word(("none", "summary", "full")), "How much upstream text is quoted.", later=True),
        "feed_issues": Key(Whole(1, 1000), "How many issues weekly.atom holds (20)."),
        "sections": Key(Many(SectionKind()), "The default shape of an issue, in order."),
    },
)

EDITOR = Record(
    "an editor",
    {
        "id": Key(NAME, "The permanent id, for --editor.", required=True),
        "name": Key(TITLES, "The name in the credits, or one per language.", required=True),
        "login": Key(Many(Text(), lone=True), "Login names and e-mail addresses that are this editor."),
        "roles": Key(Many(Word(("author", "reviewer", "publisher"))), "What the editor may do.", later=True),
    },
)

TAG = Record("a tag", {"alias": Key(Many(Text()), "Other spellings."), "title": Key(TITLES, "The title.", later=True)})

SPONSOR = Record(
    "a sponsor",
    {
        "name": Key(Text(), "Who.", required=True, later=True),
        "text": Key(TITLES, "What is said, word for word.", required=True, later=True),
        "url": Key(Address(), "Where it leads.", later=True),
        "label": Key(TITLES, "How it is marked.", later=True),
        "issues": Key(Many(Text(), lone=True), "The issues that it is in.", later=True),
        "after": Key(Text(), "The section that it follows.", later=True),
    },
)

RELEASES = Record(
    "releases",
    {
        "prerelease": Key(Flag(), "Whether pre-releases count (false)."),
        "bump": Key(Word(("major", "minor", "patch")), "The least step that counts (patch)."),
        "collapse": Key(Word(("none", "patch")), "Which releases of a week become one story (none)."),
    },
)

FEED = Record(
    "a feed",
    {
        "name": Key(
            NAME, "How the feed is called at the desk; a new name for the same URL is the same feed.", required=True
        ),
        "url": Key(
            Address(),
            "Where it is: RSS, Atom, RDF or JSON Feed, a calendar, a list of releases in GitHub's API; of a query, "
            "where that API is.",
        ),
        "kind": Key(
            Word(("feed", "github", "ical")),
            "What it is: a feed, GitHub's API (a search, or releases), or a calendar (feed).",
        ),
        "section": Key(Text(), "Where its stories go in an issue: a path such as upstream/Kubernetes."),
        "tags": Key(Many(Text()), "Tags that its stories get."),
        "backlog": Key(BACKLOG, "How many days back its first document is news: all, none or a number (7)."),
        "releases": Key(RELEASES, "Which releases count, where it tells of releases; others are hidden."),
        "query": Key(Text(), "For github: what to search issues and pull requests for, in the words of its search."),
        "token": Key(TOKEN, "For github: the variable with its token, from the environment or db/secrets.env."),
    },
)

RULE = Record(
    "a rule",
    {
        "name": Key(NAME, "How it is called in explanations.", required=True),
        "match": Key(Match(), "Terms that are all required, such as title: kubernetes.", required=True),
        "tag": Key(Many(Text(), lone=True), "Tags to add."),
        "score": Key(Whole(-1000, 1000), "Points to add; those of all rules are summed up."),
        "hide": Key(Text(), "Keep off the desk, for this reason."),
        "section": Key(Text(), "Where its stories go in an issue: a path such as upstream/Kubernetes."),
    },
)

CHECKS = Record(
    "checks",
    {
        "ignore": Key(Many(Text()), "Findings of the gate that do not matter.", later=True),
        "error": Key(Many(Text()), "Findings that block.", later=True),
    },
)

NETWORK = Record(
    "network",
    {
        "allow": Key(
            Many(Text(r"[^\s/:]+:\d{1,5}|\[[0-9a-fA-F:.]+\]:\d{1,5}", "host:port")),
            "host:port pairs on a private network that may be visited, exact.",
        ),
        "deadline": Key(Duration("1s", "5m"), "How long one visit may take in all (30s)."),
        "max_body": Key(Size(1 << 10, 256 << 20), "How large a body may be, decoded (16MiB)."),
        "interval": Key(Duration("5m", "31d"), "How often a feed is visited that says nothing about it (1h)."),
        "per_host": Key(Whole(1, 4), "How many visits to one host at a time (2)."),
        "connections": Key(Whole(1, 256), "How many visits at a time in all (64)."),
        "poll_deadline": Key(Duration("1m", "12h"), "After this long a poll begins no visit any more (20m)."),
        "proxy": Key(
            Address(), "An HTTP proxy that every visit goes through; it, not feedhub, then decides who is reached."
        ),
        "github": Key(Address(), "Where GitHub's API is, for an Enterprise server (https://api.github.com)."),
        "github_token": Key(TOKEN, "The variable with the token for it; without one it answers 60 times an hour."),
    },
)

HUB = Record(
    "feeds.yaml",
    {
        "newsletter": Key(NEWSLETTER, "The publication.", required=True),
        "editors": Key(Many(EDITOR), "Who works at the desk; without it, whoever runs the command."),
        "reasons": Key(Table(Text()), "Codes for the reasons of `drop`."),
        "tags": Key(Table(TAG), "The vocabulary of tags; without it any tag will do."),
        "sponsors": Key(Many(SPONSOR), "Sponsors.", later=True),
        "checks": Key(CHECKS, "The gate.", later=True),
        "feeds": Key(Many(FEED), "What is polled."),
        "rules": Key(Many(RULE), "What is tagged, scored, hidden or routed by itself."),
        "keep": Key(Duration("7d", "9999d"), "How long text is kept that nobody touched.", later=True),
        "network": Key(NETWORK, "The limits of the way out."),
    },
)
