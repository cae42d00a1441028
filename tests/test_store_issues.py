"""Issues in the store: the one that is open, their trees, and the editions that are kept for ever."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from conftest import TUESDAY
from sqlite_utils.utils import sqlite3

from feedhub.model.document import Person
from feedhub.model.issue import Block, Coverage, Credit, Edition, Issue, Item, Part
from feedhub.store import issues
from feedhub.store.acts import Acting
from feedhub.store.connection import rows, writing

SINCE = datetime(2019, 12, 8, 16, tzinfo=UTC)
ITEM = Item(
    uid="tag:weekly.example.org,2019:x/story/0123456789abcdef",
    title="缓存进入 beta",
    original_title="Caches reach beta",
    link="https://a.example/cache",
    commentary="Worth *reading*.\n\n第二段",
    feed="a",
    feed_title="A feed",
    authors=(Person("Ann", "https://ann.example/", "ann@a.example"),),
    published=datetime(2019, 12, 6, 8, tzinfo=UTC),
    also=(Coverage("b", None, "https://b.example/cache"),),
    tags=("cloud", "新闻"),
)
EDITION = Edition(
    uid="tag:weekly.example.org,2019:x/issue/2019-W50",
    version=1,
    number=1,
    slug="2019-W50",
    language="zh-CN",
    title="缓存 | 周报 No. 1",
    headline="缓存",
    masthead="周报",
    subtitle=None,
    tagline=None,
    footer="Made by hand",
    since=SINCE,
    published=TUESDAY,
    updated=TUESDAY,
    date="2019-12-10",
    credits=(Credit("author", "Ann"), Credit("editor", "博")),
    parts=(Part("", "", (replace(ITEM, commentary=""),)), Part("up", "上游", (), (Part("K", "K", (ITEM, ITEM)),))),
)


def add(store, table, **values):
    """Add a row of the desk, as an act does."""
    with writing(store):
        return Acting(store, "ann", TUESDAY).add(table, values)


def publish(store, number, edition, at=TUESDAY):
    """Add a published issue and its edition."""
    row = add(store, "issues", number=number, since="2019-12-08T16:00:00Z", state="published", slug=edition.slug)
    with writing(store):
        store.execute("update issues set uid = ?, published = ? where id = ?", [edition.uid, at.isoformat(), row])
    issue = next(issue for issue in issues.all_issues(store) if issue.id == row)
    with writing(store):
        issues.freeze(store, issue, edition, "feedhub 0", at)
    return issue


def test_an_empty_store_has_no_issue(store):
    """Nothing is open and nothing was published."""
    assert issues.open_issue(store) is None
    assert (issues.all_issues(store), issues.editions(store), issues.slugs(store)) == ((), (), frozenset())


def test_one_issue_is_open(store):
    """It is found among others; a second one cannot be."""
    publish(store, 1, EDITION)
    row = add(store, "issues", number=2, since="2019-12-08T16:00:00Z", state="draft")

    assert issues.open_issue(store) == Issue(row, 2, "draft", SINCE)
    assert [issue.label for issue in issues.all_issues(store)] == ["No. 2", "No. 1"]
    assert issues.slugs(store) == {"2019-W50"}
    with pytest.raises(sqlite3.IntegrityError):
        add(store, "issues", number=3, since="2019-12-08T16:00:00Z", state="draft")


def test_blocks_come_in_their_order(store):
    """By position, not by when they were added; those of other issues do not come."""
    issue = add(store, "issues", number=1, since="2019-12-08T16:00:00Z", state="draft")
    other = add(store, "issues", number=2, since="2019-12-08T16:00:00Z", state="published")
    last = add(store, "blocks", issue=issue, position=3.0, kind="section", fields='{"section": "阅读"}')
    first = add(store, "blocks", issue=issue, position=1.5, kind="group", parent=last, fields='{"title": "K"}')
    add(store, "blocks", issue=other, position=1.0, kind="section")

    assert issues.blocks(store, issue) == (
        Block(first, issue, last, 1.5, "group", None, {"title": "K"}),
        Block(last, issue, None, 3.0, "section", None, {"section": "阅读"}),
    )


def test_an_edition_comes_out_as_it_was_frozen(store):
    """Field by field, to the last part of a part."""
    publish(store, 1, EDITION)

    assert issues.editions(store) == (EDITION,)


def test_the_last_version_of_each_issue_counts(store):
    """A correction comes in place of what it corrects, and that is kept; the latest issue stands first."""
    first = publish(store, 1, EDITION)
    second = replace(EDITION, number=2, slug="2019-W51", uid="tag:weekly.example.org,2019:x/issue/2019-W51")
    publish(store, 2, second, TUESDAY + timedelta(weeks=1))
    corrected = replace(EDITION, version=2, headline="缓存，更正", updated=TUESDAY + timedelta(weeks=2))
    with writing(store):
        issues.freeze(store, first, corrected, "feedhub 0", corrected.updated)

    assert issues.editions(store) == (second, corrected)
    assert rows(store, "select count(*) as n from editions")[0]["n"] == 3


def test_an_edition_is_frozen_once(store):
    """One version of an issue in one language is never written twice."""
    issue = publish(store, 1, EDITION)

    with pytest.raises(sqlite3.IntegrityError), writing(store):
        issues.freeze(store, issue, replace(EDITION, headline="other"), "feedhub 0", TUESDAY)

    assert issues.editions(store) == (EDITION,)
