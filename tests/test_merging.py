"""Merging and splitting by hand: what becomes of all that belongs to stories, and of what is suggested."""

import pytest
from desks import LANGUAGE, LINKS, Room, check, publish, suggest

from feedhub.editors import history, marks, merging, notes, picks
from feedhub.editors.notes import Writing
from feedhub.errors import UnknownNameError, UsageError
from feedhub.publisher import issues as publisher
from feedhub.store import acts, follows, issues, stories
from feedhub.store.connection import rows, writing


@pytest.fixture
def room(store, internet, monkeypatch):
    """A room in which nothing was done yet."""
    return Room(store, internet, monkeypatch)


# what becomes of it


def test_the_first_number_stays_with_its_lead_and_all_that_was_told(room):
    """The others lead to it, and are on no list."""
    merging.merge(room.desk, 2, [5, 1])

    assert room.stories() == {6: ["Entry 6"], 4: ["Entry 4"], 3: ["Entry 3"], 2: ["Entry 2", "Entry 1", "Entry 5"]}
    assert stories.current(room.db, [1, 2, 5]) == {1: 2, 2: 2, 5: 2}
    assert [stored.part for stored in room.story(5).entries] == [1, 3, 2]
    assert [stored.placed_by for stored in room.story(2).entries] == ["rule", "editor ann", "editor ann"]
    check(room.db)


def test_numbers_lead_to_a_story_through_others(room):
    """However often it is merged, each number of before means the one that it is today."""
    merging.merge(room.desk, 2, [1])
    merging.merge(room.desk, 3, [2])
    merging.merge(room.desk, 6, [3, 4])

    assert stories.current(room.db, range(1, 7)) == {1: 6, 2: 6, 3: 6, 4: 6, 5: 5, 6: 6}
    check(room.db)
    for _ in range(3):
        history.undo(room.desk)
    assert stories.current(room.db, range(1, 7)) == {number: number for number in range(1, 7)}


def test_what_somebody_merged_meanwhile_is_what_it_is_today(room):
    """Whoever still has the old numbers in hand works on the story that they are now."""
    merging.merge(room.at("bo"), 5, [4])

    assert merging.merge(room.desk, 4, [1, 5]) == 5
    merging.refuse(room.desk, 4, [2])
    marks.decide(room.desk, [4, 1], "dropped", "old")

    assert (sorted(room.stories()[5]), room.story(5).state) == (["Entry 1", "Entry 4", "Entry 5"], "dropped")
    assert [(row["one"], row["other"]) for row in rows(room.db, "select one, other from pairs")] == [(2, 5)]
    check(room.db)


TAGS = {
    "each has its feed's": ([], [], "cloud mesh", ""),
    "an editor's": ([], [(4, "news", "")], "cloud mesh news", ""),
    "one that both have": ([], [(1, "news", ""), (4, "news", "")], "cloud mesh news", ""),
    "one that was removed from the first": ([], [(1, "", "cloud"), (4, "cloud", "")], "mesh", "cloud"),
    "one that was removed from the other, which a feed gave the first": (
        [], [(4, "cloud", ""), (4, "", "cloud")], "mesh", "cloud",
    ),
    "one that was removed from the other, and which an editor gave the first": (
        [], [(1, "news", ""), (4, "news", ""), (4, "", "news")], "cloud mesh news", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("_", "acting", "has", "removed"), TAGS.values(), ids=TAGS)
def test_tags_are_united(room, _, acting, has, removed):
    """What was removed by hand stays removed, unless an editor gave it."""
    for number, add, remove in acting:
        marks.tag(room.desk, [number], add.split(), remove.split())

    merging.merge(room.desk, 1, [4])

    assert sorted(room.story(1).tags) == has.split()
    assert [row["term"] for row in stories.tag_rows(room.db, 1) if row["removed"]] == removed.split()
    counted = [term for term, count in stories.tag_counts(room.db) if count == 3 and term == "cloud"]
    assert counted == ([] if removed else ["cloud"])


def test_notes_of_one_language_are_stacked_the_first_storys_first(room):
    """Titles and remarks likewise; what one of them has alone it has. Each writer is named as before."""
    notes.write(room.at("bo"), (1,), Writing("One", "First"), LANGUAGE)
    notes.write(room.at("cy"), (4,), Writing("Four", "Fourth"), LANGUAGE)
    notes.write(room.at("cy"), (4,), Writing("In English"), "en")
    notes.write(room.at("bo"), (1,), Writing("Hush"), LANGUAGE, private=True)
    notes.write(room.at("cy"), (4,), Writing("Hush, too"), LANGUAGE, private=True)

    merging.merge(room.desk, 1, [4])

    found = {(note.language, note.private): (note.title, note.text, note.editor) for note in room.story(1).notes}
    assert found == {
        (LANGUAGE, False): ("First / Fourth", "One\n\nFour", "bo"),
        ("en", False): (None, "In English", "cy"),
        (LANGUAGE, True): (None, "Hush\n\nHush, too", "bo"),
    }
    assert acts.writers(room.db, 1, LANGUAGE) == ["bo", "cy"]
    assert acts.writers(room.db, 1, "en") == ["cy"]
    assert {"One\n\nFour", "One", "Four"} <= {note.text for note in notes.history(room.desk, 1)}


def test_a_note_that_both_have_stands_once(room):
    """Whoever annotated both at once does not read it twice."""
    notes.write(room.desk, (1, 4), Writing("The same"), LANGUAGE)

    merging.merge(room.desk, 1, [4])

    assert [note.text for note in room.story(1).notes] == ["The same"]


def test_credits_follow_a_note_through_merges_and_not_beyond_its_item(room):
    """Who wrote what was published is not credited with what is written next."""
    for number, who in ((1, "bo"), (4, "cy"), (5, "di")):
        notes.write(room.at(who), (number,), Writing(f"Of {who}"), LANGUAGE)
    merging.merge(room.desk, 4, [5])
    merging.merge(room.desk, 1, [4])
    assert acts.writers(room.db, 1, LANGUAGE) == ["bo", "cy", "di"]
    picks.pick(room.desk, [1], None)
    publisher.freeze(room.db, room.desk.hub, "ann", room.at().now)

    notes.write(room.at("ed"), (1,), Writing("Of ed"), LANGUAGE)

    assert acts.writers(room.db, 1, LANGUAGE) == ["ed"]
    assert [(label, note.text) for label, note in stories.published_notes(room.db, 1)] == [
        ("No. 1", "Of bo\n\nOf cy\n\nOf di")
    ]


def placed(room):
    """Return the stories of the open issue in the order of their items, and what is said of each."""
    issue = issues.open_issue(room.db)
    return [(block.story, block.fields) for block in issues.blocks(room.db, issue.id) if block.kind == "item"]


def test_the_item_of_the_other_becomes_the_firsts(room):
    """It stays where the editor put it, and whoever put it there is named for it."""
    picks.pick(room.at("bo"), [4, 5], None)

    merging.merge(room.desk, 1, [4])

    assert placed(room) == [(1, {}), (5, {})]
    assert room.story(1).state == "picked"
    assert acts.pickers(room.db, 1) == ["bo"]


def test_of_two_items_the_firsts_stays(room):
    """With what was said of the other one, where it has nothing to say."""
    picks.pick(room.desk, [1, 4], None, follow_up="more of it")
    picks.pick(room.desk, [5], None)

    merging.merge(room.desk, 5, [4])

    assert sorted(number for number, _ in placed(room)) == [1, 5]
    assert dict(placed(room))[5] == {"follow_up": "more of it"}


def test_what_was_published_goes_with_its_note(room):
    """Already in No. 1 is so of the story that it is now, and so is news since."""
    publish(room, 4)

    merging.merge(room.desk, 1, [4])

    story = room.story(1)
    assert [(placing.label, placing.published) for placing in story.placings] == [("No. 1", True)]
    assert [(label, note.text) for label, note in stories.published_notes(room.db, 1)] == [("No. 1", "Old")]
    assert (story.state, story.news_since, story.notes) == ("new", "No. 1", ())


def test_what_was_published_goes_to_what_is_picked(room):
    """It has both then: the item of the open issue, and the one that readers had."""
    publish(room, 4)
    picks.pick(room.desk, [1], None)

    merging.merge(room.desk, 1, [4])

    placings = [(placing.label, placing.published) for placing in room.story(1).placings]
    assert sorted(placings) == [("No. 1", True), ("No. 2", False)]
    assert room.story(1).state == "picked"


def test_what_is_picked_and_published_has_no_news_left(room):
    """Neither what it was picked for, nor what called it back while it waited in the issue."""
    publish(room, 1)
    with writing(room.db):
        follows.recall(room.db, 1, "followed: merged", room.at().now)
    assert room.story(1).state == "new"

    picks.pick(room.desk, [1], None, follow_up="merged")
    assert room.story(1).news_at is None
    with writing(room.db):
        follows.recall(room.db, 1, "followed: released", room.at().now)
    publish(room, 2)

    assert (room.story(1).state, room.story(1).news_at) == ("published", None)


def test_stories_that_are_one_already_have_nothing_to_merge(room):
    """The desk names them as one; an act that changes nothing is none."""
    merging.merge(room.desk, 1, [2])
    made = len(acts.log(room.db))

    merging.merge(room.desk, 1, [])

    assert len(acts.log(room.db)) == made


# splitting


def test_an_entry_gets_a_story_of_its_own(room):
    """With a permanent id of its own, at the time when it was first seen, and with the tags that it brought."""
    room.tell("c", 11, link=LINKS[1])
    marks.tag(room.desk, [1], ["by-hand"], [])
    assert room.stories()[1] == ["Entry 1", "Entry 11"]

    own = merging.split(room.at(), 1, 2)

    assert (own, room.stories()[own], room.stories()[1]) == (7, ["Entry 11"], ["Entry 1"])
    one, other = room.story(1), room.story(own)
    assert one.uid != other.uid
    assert other.uid.startswith("tag:weekly.example.org,2019:cloud-native/story/")
    assert other.first_seen == other.entries[0].first_seen != one.first_seen
    assert (other.tags, other.section, other.state) == ((), "本周阅读推荐", "new")
    check(room.db)


def test_what_began_a_story_can_be_split_off(room):
    """Another entry leads then; the permanent id stays with the story, and the one split off has another."""
    room.tell("b", 11, link=LINKS[1])
    marks.tag(room.desk, [1], [], ["cloud"])
    uid = room.story(1).uid

    own = merging.split(room.at(), 1, 1)

    assert room.stories()[1] == ["Entry 11"]
    assert room.story(1).uid == uid != room.story(own).uid
    assert [(row["term"], row["removed"]) for row in stories.tag_rows(room.db, own)] == [("cloud", 1)]
    check(room.db)


def test_the_lead_goes_to_who_made_the_news(room):
    """Before who reports on it, however early that was; and back when it is undone."""
    for number, feed in ((11, "b"), (12, "c")):
        room.tell(feed, number, link="https://c.example/x")
    assert room.stories()[7] == ["Entry 12", "Entry 11"]
    merging.merge(room.at(), 4, [7])
    assert room.stories()[4][0] == "Entry 4"

    merging.split(room.at(), 4, 1)

    assert room.stories()[4] == ["Entry 12", "Entry 11"]
    history.undo(room.at())
    assert room.stories()[4][0] == "Entry 4"


WRONG = {
    "the last entry of a story": (2, 1, UsageError, "2.1 is all that there is of story 2"),
    "one that there is not": (1, 9, UnknownNameError, "there is no entry '1.9'; see: feedhub show 1"),
}


@pytest.mark.parametrize(("number", "part", "error", "said"), WRONG.values(), ids=WRONG)
def test_it_is_refused_to_split(room, number, part, error, said):
    """And nothing is changed."""
    before = room.laid_out()

    with pytest.raises(error, match=said):
        merging.split(room.desk, number, part)

    assert room.laid_out() == before


def test_what_is_split_off_a_story_that_is_off_the_desk_stays_off_it(room):
    """Until somebody decides on it."""
    room.tell("c", 11, link=LINKS[1])
    room.db.execute("update stories set hidden = 'pre-release', hidden_by = 'rule x' where id = 1")

    own = merging.split(room.at(), 1, 2)

    assert (room.story(own).state, room.story(own).hidden_by) == ("hidden", "rule x")


# suggestions


def suggested(room, number):
    return [(one.story, one.score) for one in room.story(number).suggested]


def test_all_that_is_suggested_is_merged(room):
    """Not what is suggested for those in turn; and it is suggested no more."""
    suggest(room, (1, 4, 80), (1, 5, 90), (5, 6, 70))

    numbers = merging.suggested(room.desk, 1)
    merging.merge(room.desk, 1, numbers)

    assert numbers == (5, 4)
    assert suggested(room, 1) == [(6, 70)]
    assert [row["verdict"] for row in rows(room.db, "select verdict from pairs order by id")] == ["one", "one", None]
    with pytest.raises(UsageError, match="nothing is suggested for 2"):
        merging.suggested(room.desk, 2)


def test_what_is_refused_is_not_suggested_again(room):
    """By no likeness, nor for what either becomes part of; by nothing but an editor do they become one."""
    suggest(room, (1, 4, 80), (1, 5, 90))

    merging.refuse(room.desk, 1, [4])
    suggest(room, (4, 1, 99))
    assert (suggested(room, 1), suggested(room, 4)) == ([(5, 90)], [])
    merging.merge(room.desk, 6, [4])
    suggest(room, (6, 1, 99))
    assert (suggested(room, 1), suggested(room, 6)) == ([(5, 90)], [])
    merging.merge(room.desk, 1, [6])

    assert room.stories()[1] == ["Entry 1", "Entry 6", "Entry 4"]


def test_what_is_parted_and_merged_again_was_merged_by_hand(room):
    """The last word counts, and undo goes back word by word."""
    merging.merge(room.desk, 1, [4])
    own = merging.split(room.desk, 1, 2)
    merging.merge(room.desk, 1, [own])
    verdicts = "select verdict from pairs"
    assert rows(room.db, verdicts) == [{"verdict": "one"}]

    history.undo(room.desk)
    assert rows(room.db, verdicts) == [{"verdict": "two"}]
    history.undo(room.desk)
    assert rows(room.db, verdicts) == []
