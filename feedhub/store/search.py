"""Full text over entries, titles and notes; two-character Chinese words are found (characters.bigrams says how)."""

import json
import re

from feedhub.store.connection import Database, rows, writing
from feedhub.text.characters import bigrams, storable
from feedhub.text.markup import words_of

_LONGEST = 50_000
_AT_ONCE = 500


def index_entry(db: Database, entry: int, title: str, markup: str) -> None:
    """Put an entry's text into the index, in place of what was there."""
    _index(db, "entry_search", entry, title, words_of(markup[: 2 * _LONGEST]))


def leave(db: Database, entry: int) -> None:
    """Leave an entry out of the index until somebody searches."""
    db.execute("insert into unindexed (entry) values (?)", (entry,))


def left(db: Database) -> int:
    """Return how many entries are not in the index yet."""
    return int(rows(db, "select count(*) as entries from unindexed")[0]["entries"])


def catch_up(db: Database) -> None:
    """Index what was left, in short transactions."""
    sql = """
        select entry, title, said from unindexed join entries on entries.id = entry join texts using (entry)
        order by entry limit ?
        """
    while found := rows(db, sql, [_AT_ONCE]):
        with writing(db):
            for row in found:
                said = json.loads(row["said"])
                text = max(said.get("content") or "", said.get("summary") or "", key=len)
                index_entry(db, row["entry"], row["title"] or "", text)
            db.execute("delete from unindexed where entry <= ?", [found[-1]["entry"]])


def index_note(db: Database, note: int, title: str, body: str) -> None:
    """Put a note into the index, in place of what was there."""
    _index(db, "note_search", note, title, body)


def forget_note(db: Database, note: int) -> None:
    """Take a note out of the index."""
    db.execute("delete from note_search where rowid = ?", [note])


def stories_with(db: Database, query: str, limit: int) -> list[int]:
    """Return the stories in which all words of a query stand, newest first; a word may be part of a Chinese run."""
    match = _match(query)
    if not match:
        return []
    sql = """
        select distinct coalesce(stories.merged_into, stories.id) as story from (
            select story from entries where id in (select rowid from entry_search where entry_search match :match)
            union
            select story from notes where id in (select rowid from note_search where note_search match :match)
        ) as found join stories on stories.id = found.story
        order by stories.first_seen desc, stories.id desc limit :limit
        """
    return [row["story"] for row in rows(db, sql, {"match": match, "limit": limit})]


def _index(db: Database, table: str, number: int, title: str, body: str) -> None:
    db.execute(
        f"insert or replace into {table} (rowid, title, body) values (?, ?, ?)",  # noqa: S608 - one of our two tables
        [number, bigrams(title), bigrams(body[:_LONGEST])],
    )


def _match(query: str) -> str:
    """Write a query in FTS5's language: every word, or phrase in quotes, is required; nothing in it is an operator."""
    phrases = []
    for phrase, word in re.findall(r'"([^"]*)"|(\S+)', storable(query)):
        words = bigrams(phrase or word.removesuffix("*")).replace('"', " ").split()
        # A lone Chinese character is a whole word of the index only where it stands alone: find it at the start of any.
        prefix = (
            "*" if word.endswith("*") or (len(words) == 1 and len(words[0]) == 1 and ord(words[0]) > 0x2E7F) else ""
        )
        if words:
            phrases.append(f'"{" ".join(words)}"{prefix}')
    return " ".join(phrases)
