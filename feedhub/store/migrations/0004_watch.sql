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
create table altered (
    feed integer primary key references feeds (id)
) strict;
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
create index recalls_by_story on recalls (story, at);
