"""What an editor merged and split while polls go on: they leave it so, and it can be taken back all the same."""

import json
import random

import pytest
from conftest import TUESDAY, item
from desks import LANGUAGE, LINKS, Room, check, publish, suggest
from polling import HOUR

from feedhub.editors import history, marks, merging, notes, picks
from feedhub.editors.notes import Writing
from feedhub.errors import UsageError
from feedhub.model.matching import Joining
from feedhub.publisher import issues as publisher
from feedhub.store import acts, joining, stories
from feedhub.store.connection import rows, writing
from feedhub.store.stories import Filter


@pytest.fixture
def room(store, internet, monkeypatch):
    """A room in which nothing was done yet."""
    return Room(store, internet, monkeypatch)


# polls go on


def test_what_comes_later_goes_where_the_editor_put_the_rest(room):
    """A feed that tells what the merged story is about tells the one that it is part of now."""
    merging.merge(room.desk, 4, [1])

    room.tell("c", 11, link=LINKS[1])

    assert room.stories()[4] == ["Entry 4", "Entry 1", "Entry 11"]
    check(room.db)


DECISIONS = {
    "merged": lambda desk: merging.merge(desk, 4, [1]),
    "split": lambda desk: merging.split(desk, 1, 2),
    "refused": lambda desk: merging.refuse(desk, 1, [4]),
}


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_polls_change_nothing_of_what_an_editor_decided(room, decide):
    """Neither the same again, nor new texts of entries that share a key, nor what is told under that key."""
    room.tell("c", 11, link=LINKS[1])
    decide(room.at())
    before = room.stories()

    for turn in range(3):
        for feed, told in room.told.items():
            room.told[feed] = [entry.replace("What entry", f"What now ({turn}) entry") for entry in told]
        room.poll()
        assert room.stories() == before

    check(room.db)


def test_what_was_parted_stays_apart_when_the_key_is_told_again(room):
    """What comes under the key that both have goes into one of them, and makes nobody ask again."""
    room.tell("c", 11, link=LINKS[1])
    own = merging.split(room.at(), 1, 2)

    room.tell("b", 12, link=LINKS[1])

    assert room.stories()[1] == ["Entry 1", "Entry 12"]
    assert room.stories()[own] == ["Entry 11"]
    assert room.story(1).suggested == room.story(own).suggested == ()


def test_an_undone_merge_gives_back_what_came_meanwhile(room):
    """By its key; what came for the first story's sake stays there. Redone, it is one again with all of it."""
    merging.merge(room.at(), 4, [1])
    room.tell("c", 11, link=LINKS[1])
    room.tell("c", 12, link="https://b.example/4")

    history.undo(room.at())
    assert (room.stories()[1], room.stories()[4]) == (["Entry 1", "Entry 11"], ["Entry 4", "Entry 12"])
    room.tell("b", 13, link=LINKS[1])
    check(room.db)
    history.redo(room.at())

    assert sorted(room.stories()[4]) == ["Entry 1", "Entry 11", "Entry 12", "Entry 13", "Entry 4"]
    check(room.db)


def test_what_came_meanwhile_stays_where_both_are_about_it(room):
    """In doubt nothing is moved."""
    merging.merge(room.at(), 1, [4])
    room.tell("c", 11, link=LINKS[1])
    room.db.execute("insert into keys (key, entry, defining) values (?, 4, 1)", [LINKS[1]])

    history.undo(room.at())

    assert (room.stories()[1], room.stories()[4]) == (["Entry 1", "Entry 11"], ["Entry 4"])


def test_an_undone_split_brings_along_what_came_meanwhile(room):
    """The number that was said goes on working, and redone it is the same story again."""
    merging.merge(room.at(), 4, [1])
    own = merging.split(room.at(), 4, 2)
    room.tell("c", 11, link=LINKS[1])
    assert room.stories()[own] == ["Entry 1", "Entry 11"]

    history.undo(room.at())
    assert sorted(room.stories()[4]) == ["Entry 1", "Entry 11", "Entry 4"]
    assert stories.current(room.db, [own]) == {own: 4}
    check(room.db)
    history.redo(room.at())

    assert room.stories()[own] == ["Entry 1", "Entry 11"]
    check(room.db)


def test_one_entry_leads_when_polls_changed_the_lead_meanwhile(room):
    """What republishes a vanished entry leads; what was split off comes back, and led before."""
    room.tell("b", 11, link=LINKS[1])
    merging.split(room.at(), 1, 1)
    room.told["b"][0] = item(12, "Entry 11", link="https://b.example/new", pubDate="04 Dec 2019 11:00:00 GMT")
    room.poll("b")
    assert room.stories()[1] == ["Entry 11", "Entry 11"]

    history.undo(room.at())

    check(room.db)
    assert room.stories()[1] == ["Entry 1", "Entry 11", "Entry 11"]


def test_polls_do_not_stand_in_the_way_of_undo(room):
    """What they wrote into the same rows stays: news, new texts, another lead."""
    merging.merge(room.at(), 1, [4])
    marks.decide(room.at(), [1], "dropped", "old")
    room.tell("c", 11, link=LINKS[1])
    assert room.story(1).news_since == f"act {acts.log(room.db)[0].number}"
    room.told["a"] = [entry.replace("Entry 1<", "Entry 1 again<") for entry in room.told["a"]]
    room.poll("a")

    history.undo(room.at())
    history.undo(room.at())

    assert (room.stories()[1], room.story(1).state, room.stories()[4]) == (
        ["Entry 1 again", "Entry 11"], "new", ["Entry 4"],
    )  # fmt: skip
    assert room.story(1).news_at == TUESDAY + 3 * HOUR
    check(room.db)


def test_what_polls_wrote_since_stays_when_an_act_is_undone(room):
    """News that came after the news was dropped is newer than what the undo would bring back."""
    publish(room, 1)
    room.tell("c", 11, link=LINKS[1])
    before = room.story(1).news_at
    marks.decide(room.at(), [1], "dropped")
    room.tell("b", 12, link=LINKS[1])

    history.undo(room.at())

    assert room.story(1).news_since == "No. 1"
    assert room.story(1).news_at == TUESDAY + room.hours * HOUR > before


# taking back


def laden(room):
    """Give stories all that stories can have."""
    marks.tag(room.desk, [1, 4], ["news"], ["mesh"])
    notes.write(room.desk, (1, 4, 5), Writing("A note", "A title"), LANGUAGE)
    notes.write(room.desk, (4,), Writing("Another", "A title"), LANGUAGE)
    notes.write(room.desk, (4, 5), Writing("Hush"), LANGUAGE, private=True)
    publish(room, 6)
    picks.pick(room.desk, [4, 5], None)
    marks.decide(room.desk, [2], "dropped", "old")
    marks.decide(room.desk, [3], "shortlisted")
    suggest(room, (1, 4, 80), (2, 6, 60))
    room.tell("c", 11, link=LINKS[1])


ACTS = {
    "merge": lambda desk: merging.merge(desk, 1, [4]),
    "merge two that are picked": lambda desk: merging.merge(desk, 4, [5]),
    "merge all": lambda desk: merging.merge(desk, 3, [6, 5, 4, 2, 1]),
    "merge into what was published": lambda desk: merging.merge(desk, 6, [2, 3]),
    "split": lambda desk: merging.split(desk, 1, 2),
    "split the lead": lambda desk: merging.split(desk, 1, 1),
    "refuse": lambda desk: merging.refuse(desk, 1, [4, 5]),
    "merge what is merged": lambda desk: [merging.merge(desk, 2, [1]), merging.merge(desk, 4, [2])],
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_it_is_taken_back_and_done_again(room, act):
    """Row by row, twice over: undo leaves what was before, redo what was after."""
    laden(room)
    desk = room.at()
    before, made = room.laid_out(), len(acts.log(room.db))
    act(desk)
    after, times = room.laid_out(), len(acts.log(room.db)) - made
    check(room.db)

    for _ in range(2):
        for _ in range(times):
            history.undo(desk)
        check(room.db)
        numbers = {row["id"] for row in before["stories"]}
        left = room.laid_out()
        assert left | {"stories": [row for row in left["stories"] if row["id"] in numbers]} == before
        for _ in range(times):
            history.redo(desk)
        assert room.laid_out() == after


LATER = {
    "what was split off was annotated": (
        lambda desk: merging.split(desk, 1, 2),
        lambda desk: notes.write(desk, (7,), Writing("Mine"), LANGUAGE),
    ),
    "or picked": (lambda desk: merging.split(desk, 1, 2), lambda desk: picks.pick(desk, [7], "业界要闻")),
    "or merged with another": (lambda desk: merging.split(desk, 1, 2), lambda desk: merging.merge(desk, 2, [7])),
    "what was merged was split": (
        lambda desk: merging.merge(desk, 2, [4]),
        lambda desk: merging.split(desk, 2, 2),
    ),
    "or merged with another one": (lambda desk: merging.merge(desk, 2, [4]), lambda desk: merging.merge(desk, 5, [2])),
    "the notes that were stacked were edited": (
        lambda desk: [
            *(notes.write(desk, (number,), Writing(f"Of {number}"), LANGUAGE) for number in (2, 4)),
            merging.merge(desk, 2, [4]),
        ],
        lambda desk: notes.write(desk, (2,), Writing("More", append=True), LANGUAGE),
    ),
    "the item that was moved was published": (
        lambda desk: [picks.pick(desk, [2, 4], None), merging.merge(desk, 2, [4])],
        lambda desk: publisher.freeze(desk.db, desk.hub, desk.editor, desk.now),
    ),
    "the issue that it was taken out of was published": (
        lambda desk: [picks.pick(desk, [2, 4], None), picks.unpick(desk, [4])],
        lambda desk: publisher.freeze(desk.db, desk.hub, desk.editor, desk.now),
    ),
}


@pytest.mark.parametrize(("first", "later"), LATER.values(), ids=LATER)
def test_what_later_work_depends_on_is_not_taken_back(room, first, later):
    """It names the act that would be lost; when that was undone, it can be."""
    room.tell("c", 11, link=LINKS[1])
    first(room.at("ann"))
    later(room.at("bo"))
    before, last = room.laid_out(), acts.log(room.db)[0]

    with pytest.raises(UsageError, match=f"act {last.number} of bo"):
        history.undo(room.at("ann"))
    assert room.laid_out() == before
    check(room.db)

    if not last.command.startswith("publish"):
        history.undo(room.at("bo"))
        history.undo(room.at("ann"))
        check(room.db)


def test_what_was_done_to_a_story_stands_in_the_way_of_a_redo(room):
    """Bo annotated what Ann's redo would make part of another."""
    merging.merge(room.desk, 1, [4])
    history.undo(room.desk)
    notes.write(room.at("bo"), (4,), Writing("Mine"), LANGUAGE)

    with pytest.raises(UsageError, match="of bo \\(annotate\\) worked on 4 since"):
        history.redo(room.desk)

    assert room.story(4).notes[0].text == "Mine"


def test_a_story_that_a_poll_made_part_of_another_is_not_merged_into_again(room):
    """What Ann's redo would bring back has no home any more."""
    merging.merge(room.desk, 2, [4])
    history.undo(room.desk)
    with writing(room.db):
        joining.become_one(room.db, Joining(1, "a key", absorbs=(2,)), TUESDAY)

    with pytest.raises(UsageError, match="2 is part of 1 by now; see: feedhub why 1"):
        history.redo(room.desk)

    check(room.db)


def test_acts_of_earlier_versions_are_taken_back(room):
    """Theirs have every column of a row, of which acts have no say in some."""
    marks.decide(room.desk, [1], "dropped", "old")
    act = acts.log(room.db)[0]
    (table, key, before, after) = json.loads(rows(room.db, "select changes from acts")[0]["changes"])[0]
    whole = {"id": 1, "uid": "of then", "first_seen": "2018-01-01T00:00:00Z"}
    changes = json.dumps([[table, key, whole | before, whole | after]])
    room.db.execute("update acts set changes = ? where id = ?", [changes, act.number])
    uid = room.story(1).uid
    room.tell("c", 11, link=LINKS[1])

    history.undo(room.at())

    assert (room.story(1).state, room.story(1).uid, room.story(1).first_seen) == ("new", uid, TUESDAY + HOUR)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_merged_and_split_nothing_is_lost(room, seed):
    """Sixty acts and polls at random, with undo and redo: everybody has a home and a lead all the while."""
    chance = random.Random(seed)

    def acts_at_random(desk):
        one, other = chance.choices(stories.find(room.db, Filter()), k=2)
        return {
            "merge": lambda: merging.merge(desk, one.number, [other.number]),
            "split": lambda: merging.split(desk, one.number, chance.choice(one.entries).part),
            "refuse": lambda: merging.refuse(desk, one.number, [other.number]),
            "undo": lambda: history.undo(desk),
            "redo": lambda: history.redo(desk),
            "note": lambda: notes.write(desk, (one.number,), Writing(f"{chance.random()}", append=True), LANGUAGE),
            "drop": lambda: marks.decide(desk, [one.number], "dropped"),
            "poll": lambda: room.tell(chance.choice("abc"), 100 + room.hours, link=LINKS[chance.randrange(1, 10)]),
            "more": lambda: room.tell(chance.choice("abc"), 100 + room.hours),
        }

    for _ in range(60):
        said = acts_at_random(room.at(chance.choice(["ann", "bo"])))
        try:
            said[chance.choice([*said, "merge", "split", "undo"])]()
        except UsageError:
            assert not room.db.in_transaction
        check(room.db)
        assert len(rows(room.db, "select id from entries")) == sum(len(told) for told in room.told.values())
