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
);
