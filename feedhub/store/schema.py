"""The schema, as migrations: append only, a released one is never edited. Nothing here reads or writes stories."""

from typing import Any

from sqlite_utils import Database, Migrations

migrations = Migrations("feedhub")


def migrate(connection: Any) -> None:
    """Apply the migrations that a database has not had yet."""
    migrations.apply(Database(connection, execute_plugins=False))


@migrations(name="0001_first")
def m0001_first(db: Database) -> None:
    """Feeds and what they said, stories and what editors did with them, issues and editions.

    Times are RFC 3339 in UTC; lists are JSON. Text has tables of its own, so that lists do not load it. What acts
    change is numbered by autoincrement: an act speaks of a row, never of another one that came to its number.
    """
    for statement in _FIRST.split(";\n"):
        if statement.strip():
            db.execute(statement)
    db.execute("pragma user_version = 1")


@migrations(name="0002_way_in")
def m0002_way_in(db: Database) -> None:
    """What the schedule goes by, where a feed has moved to, what an editor asked of it; which stories are backlog."""
    for statement in _WAY_IN.split(";\n"):
        db.execute(statement)
    db.execute("pragma user_version = 2")


@migrations(name="0003_stories")
def m0003_stories(db: Database) -> None:
    """What makes one story of many entries, why, and what keeps it off the desk or brings it back."""
    for statement in _STORIES.split(";\n"):
        db.execute(statement)
    db.execute("pragma user_version = 3")


@migrations(name="0004_watch")
def m0004_watch(db: Database) -> None:
    """What published issues cite and is visited again, what was found there, what editors follow and what came back."""
    for statement in _WATCH.split(";\n"):
        db.execute(statement)
    db.execute("pragma user_version = 4")


_WATCH = """
create table targets (
    id integer primary key,
    key text not null unique,
    url text not null,
    next_at text,
    checked text,
    etag text,
    last_modified text,
    state text,
    labels text not null default '[]',
    edits integer not null default 0,
    missing_since text
) strict;
create index targets_due on targets (next_at) where next_at is not null;
create table snapshots (
    target integer primary key references targets (id),
    text text not null
) strict;
create table cited (
    issue integer not null references issues (id),
    story integer not null references stories (id),
    editor text,
    primary key (issue, story)
) without rowid, strict;
create index cited_by_story on cited (story);
create table citations (
    target integer not null references targets (id),
    issue integer not null references issues (id),
    story integer not null references stories (id),
    primary key (target, issue, story)
) without rowid, strict;
create table findings (
    id integer primary key autoincrement,
    issue integer not null references issues (id),
    story integer not null references stories (id),
    target integer references targets (id),
    entry integer references entries (id),
    kind text not null,
    says text not null,
    at text not null,
    url text,
    before text,
    after text,
    settled text,
    settled_by text,
    settled_at text
) strict;
create index findings_by_story on findings (story);
create index findings_waiting on findings (id) where settled is null;
create table follows (
    id integer primary key autoincrement,
    story integer not null references stories (id),
    until text not null,
    editor text not null,
    at text not null,
    ended text,
    why text
) strict;
create index follows_by_story on follows (story);
create index follows_waiting on follows (until) where ended is null;
create table waits (
    follow integer not null,
    target integer not null references targets (id),
    primary key (target, follow)
) without rowid, strict;
create table recalls (
    id integer primary key autoincrement,
    story integer not null references stories (id),
    at text not null,
    why text not null
) strict;
create index recalls_by_story on recalls (story, at)
"""

_STORIES = """
alter table feeds add column held_since text;
alter table stories add column parts integer not null default 0;
alter table stories add column news_at text;
alter table stories add column hidden text;
alter table stories add column hidden_by text;
alter table stories add column score integer not null default 0;
alter table stories add column section text;
update stories set parts = (select coalesce(max(part), 0) from entries where entries.story = stories.id);
drop index stories_by_first_seen;
create index stories_by_news on stories (coalesce(news_at, first_seen) desc, id desc);
create index stories_hidden on stories (first_seen) where hidden is not null;
create index stories_merged on stories (merged_into) where merged_into is not null;
create table decisions (
    id integer primary key,
    at text not null,
    story integer not null references stories (id),
    entry integer references entries (id),
    by text not null,
    what text not null,
    matched text
) strict;
create index decisions_by_story on decisions (story, id);
create index decisions_by_entry on decisions (entry) where entry is not null;
create table pairs (
    id integer primary key autoincrement,
    one integer not null references stories (id),
    other integer not null references stories (id),
    at text not null,
    by text not null,
    matched text,
    score integer not null,
    verdict text,
    unique (one, other),
    check (one < other)
) strict;
create index pairs_by_other on pairs (other);
create index pairs_waiting on pairs (id) where verdict is null;
create table renewals (version integer not null) strict;
insert into renewals values (0);
create table likenesses (
    pair integer not null,
    day integer not null,
    entry integer not null references entries (id),
    primary key (pair, day, entry)
) without rowid, strict;
create index likenesses_by_day on likenesses (day)
"""

_WAY_IN = """
alter table feeds add column ttl integer;
alter table feeds add column known_since text;
alter table feeds add column news_at text;
alter table feeds add column news_gap integer;
alter table feeds add column moved_polls integer not null default 0;
alter table feeds add column moved_since text;
alter table feeds add column used_url text;
alter table feeds add column paused_until text;
alter table feeds add column acked text;
alter table stories add column backlog integer not null default 0;
create table unindexed (entry integer primary key references entries (id)) strict;
create index stories_in_backlog on stories (first_seen) where backlog;
update feeds set known_since = checked, news_at = checked where body_hash is not null
"""

_FIRST = """
create table feeds (
    id integer primary key,
    name text not null unique,
    url text not null,
    kind text not null default 'feed',
    section text,
    tags text not null default '[]',
    position integer not null default 0,
    title text,
    home text,
    uid text not null unique,
    etag text,
    last_modified text,
    body_hash text,
    checked text,
    poll_after text,
    hold_until text,
    failures integer not null default 0,
    failing_since text,
    error text,
    gone_since text,
    proposed_url text,
    gap_since text,
    retired_since text
) strict;

create index feeds_by_url on feeds (url);

create table polls (
    id integer primary key,
    feed integer not null references feeds (id),
    at text not null,
    outcome text not null,
    new integer not null default 0,
    backlog integer not null default 0,
    changed integer not null default 0,
    gone integer not null default 0,
    error text
) strict;

create index polls_by_feed on polls (feed, at);

create table stories (
    id integer primary key,
    uid text not null unique,
    state text not null default 'new',
    reason text,
    decided_by text,
    decided_at text,
    first_seen text not null,
    merged_into integer references stories (id)
) strict;

create index stories_by_first_seen on stories (first_seen desc, id desc);

create index stories_by_state on stories (state, first_seen desc);

create table entries (
    id integer primary key,
    feed integer not null references feeds (id),
    story integer not null references stories (id),
    part integer not null,
    placed_by text not null default 'rule',
    is_primary integer not null default 0,
    guid text,
    page text,
    title_key text not null,
    title text,
    link text,
    authors text not null default '[]',
    published text,
    updated text,
    first_seen text not null,
    gone_since text,
    fingerprint text not null,
    rule_version integer not null,
    unique (story, part)
) strict;

create index entries_by_guid on entries (feed, guid);

create index entries_by_page on entries (feed, page);

create index entries_by_title on entries (feed, title_key) where guid is null;

create index entries_present on entries (feed) where gone_since is null;

create index entries_gone on entries (feed, gone_since) where gone_since is not null;

create table texts (
    entry integer primary key references entries (id),
    said text not null
) strict;

create table revisions (
    id integer primary key,
    entry integer not null references entries (id),
    until text not null,
    fingerprint text not null,
    said text not null
) strict;

create index revisions_by_entry on revisions (entry, id);

create table keys (
    id integer primary key,
    key text not null,
    entry integer not null references entries (id),
    defining integer not null,
    unique (key, entry)
) strict;

create index keys_by_entry on keys (entry);

create table tags (
    id integer primary key autoincrement,
    story integer not null references stories (id),
    term text not null,
    by text not null,
    removed integer not null default 0,
    unique (story, term)
) strict;

create index tags_by_term on tags (term, story);

create table notes (
    id integer primary key autoincrement,
    story integer not null references stories (id),
    language text not null,
    private integer not null default 0,
    item integer references blocks (id),
    title text,
    text text not null,
    editor text not null,
    at text not null
) strict;

create unique index notes_of_next_item on notes (story, language, private) where item is null;

create index notes_by_story on notes (story);

create table acts (
    id integer primary key,
    at text not null,
    editor text not null,
    command text not null,
    stories text not null default '[]',
    changes text not null default '[]',
    undoes integer references acts (id),
    undone_by integer references acts (id)
) strict;

create index acts_by_editor on acts (editor, id);

create table issues (
    id integer primary key autoincrement,
    number integer not null unique,
    state text not null default 'draft',
    since text not null,
    slug text unique,
    uid text unique,
    published text
) strict;

create unique index issues_open on issues (state) where state = 'draft';

create table blocks (
    id integer primary key autoincrement,
    issue integer not null references issues (id),
    parent integer references blocks (id),
    position real not null,
    kind text not null,
    story integer references stories (id),
    fields text not null default '{}'
) strict;

create index blocks_by_issue on blocks (issue, parent, position);

create index blocks_by_story on blocks (story) where story is not null;

create table editions (
    id integer primary key,
    issue integer not null references issues (id),
    language text not null,
    version integer not null,
    frozen_at text not null,
    rendered_by text not null,
    edition text not null,
    unique (issue, language, version)
) strict;

create virtual table entry_search using fts5 (
    title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

create virtual table note_search using fts5 (
    title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
)
"""
