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
create index likenesses_by_day on likenesses (day);
