"""Acts: everything that an editor does can be taken back and done again, and nobody's later work is lost by it."""

import re
from dataclasses import replace

import pytest
from conftest import TUESDAY, item, make_hub
from polling import URL, Polling, answer

from feedhub.editors import history, marks, notes, picks
from feedhub.editors.desk import Desk
from feedhub.editors.notes import Writing
from feedhub.errors import UnknownNameError, UsageError
from feedhub.publisher import issues as publisher
from feedhub.store import acts, issues, stories
from feedhub.store.connection import rows

FEED = f"  - {{name: a, url: '{URL}', section: up/Kubernetes, tags: [cloud]}}\n"
LANGUAGE = "zh-CN"


@pytest.fixture
def ann(store, internet, monkeypatch):
    """The desk of Ann: six stories; 5 is picked and has a note, 6 is dropped, 2 has a remark, 1 has a tag of hers."""
    internet[URL] = answer(*map(item, range(6, 0, -1)))
    Polling(store, internet, monkeypatch)(0, feeds=FEED)
    desk = Desk(store, make_hub(FEED), "ann", TUESDAY)
    marks.tag(desk, [1], ["news"], [])
    picks.pick(desk, [5], None)
    notes.write(desk, (5,), Writing("As it is", "A title"), LANGUAGE)
    notes.write(desk, (2,), Writing("Hush"), LANGUAGE, private=True)
    marks.decide(desk, [6], "dropped", "old")
    return desk


@pytest.fixture
def bo(ann):
    """The desk of Bo, at the same table."""
    return replace(ann, editor="bo")


def shape(desk):
    """Return where the stories of the open issue stand: section and groups, and number."""
    issue = issues.open_issue(desk.db)
    blocks = issues.blocks(desk.db, issue.id) if issue else ()
    known = {block.id: block for block in blocks}

    def path(block):
        above = known.get(block.parent)
        return [*path(above), next(iter(above.fields.values()))] if above else []

    return sorted(("/".join(path(block)), block.position, block.story) for block in blocks if block.kind == "item")


def laid_out(desk):
    """Return what editors did as it is: rows, and the shape of the issue."""
    found = {table: rows(desk.db, f"select * from {table} order by id") for table in ("stories", "tags", "notes")}
    return found | {"issue": shape(desk)}


ACTS = {
    "tag": lambda desk: marks.tag(desk, [1, 2, 3], ["news", "k8s"], []),
    "untag": lambda desk: marks.tag(desk, [1, 2], [], ["news", "cloud"]),
    "tag and untag": lambda desk: marks.tag(desk, [1], ["k8s"], ["news"]),
    "rename a tag": lambda desk: marks.rename_tag(desk, "news", "press"),
    "rename a tag into another": lambda desk: marks.rename_tag(desk, "news", "cloud"),
    "shortlist": lambda desk: marks.decide(desk, [1, 2, 6], "shortlisted"),
    "drop": lambda desk: marks.decide(desk, [1, 2], "dropped", "twice"),
    "undrop": lambda desk: marks.decide(desk, [6], "new"),
    "annotate": lambda desk: notes.write(desk, (1, 2), Writing("New"), LANGUAGE),
    "annotate in another language": lambda desk: notes.write(desk, (5,), Writing("Another"), "en"),
    "annotate in private": lambda desk: notes.write(desk, (5,), Writing("Hush"), LANGUAGE, private=True),
    "annotate over": lambda desk: notes.write(desk, (5,), Writing("Other", ""), LANGUAGE),
    "annotate more": lambda desk: notes.write(desk, (5, 1), Writing("More", append=True), LANGUAGE),
    "delete notes": lambda desk: notes.delete(desk, (5,), Writing(), LANGUAGE),
    "pick into a section that is there": lambda desk: picks.pick(desk, [1, 2], None),
    "pick into one that is not": lambda desk: picks.pick(desk, [6, 1], "业界要闻"),
    "pick into another one": lambda desk: picks.pick(desk, [5], "本周阅读推荐"),
    "pick into a theme": lambda desk: picks.pick(desk, [1], "up/Kubernetes/调度", create=True),
    "unpick the last one": lambda desk: picks.unpick(desk, [5]),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_an_act_is_taken_back_and_done_again(ann, act):
    """Row by row, twice over: undo leaves what was before, redo what was after."""
    before = laid_out(ann)
    act(ann)
    after = laid_out(ann)
    assert after != before

    for _ in range(2):
        undone = history.undo(ann)
        assert laid_out(ann) == before
        redone = history.redo(ann)
        assert laid_out(ann) == after
        assert redone.number == undone.number


def test_acts_are_taken_back_one_by_one_to_the_first(ann):
    """To an empty desk, and forward again to the last."""
    for name, act in ACTS.items():
        if name != "rename a tag into another":  # The act before it has renamed it.
            act(ann)
    made = len(acts.log(ann.db, limit=1000))
    after = laid_out(ann)

    for _ in range(made):
        history.undo(ann)
    bare = laid_out(ann)
    with pytest.raises(UsageError, match="ann has done nothing that could be undone"):
        history.undo(ann)
    for _ in range(made):
        history.redo(ann)

    assert (bare["notes"], bare["issue"]) == ([], [])
    assert {row["state"] for row in bare["stories"]} == {"new"}
    assert {row["term"] for row in bare["tags"]} == {"cloud"}
    assert laid_out(ann) == after


def test_redo_is_for_the_last_undo_alone(ann):
    """Nothing undone, already redone, or something done since: there is nothing to redo."""
    nothing = pytest.raises(UsageError, match="there is nothing to redo")
    with nothing:
        history.redo(ann)
    history.undo(ann)
    history.redo(ann)
    after = laid_out(ann)
    with nothing:
        history.redo(ann)
    assert laid_out(ann) == after

    history.undo(ann)
    marks.tag(ann, [3], ["late"], [])
    with nothing:
        history.redo(ann)


def test_undo_is_of_ones_own_last_act(ann, bo):
    """Whoever undoes takes back their own, unless they name another act."""
    marks.tag(bo, [2], ["bo"], [])
    marks.tag(ann, [3], ["ann"], [])

    assert history.undo(bo).command == "tag +bo"
    assert history.undo(bo, acts.last_to_undo(ann.db, "ann").number).command == "tag +ann"
    assert {"ann", "bo"}.isdisjoint(row["term"] for row in stories.tag_rows(ann.db) if not row["removed"])


def test_an_act_is_undone_once(ann):
    """Who did it is said."""
    undone = history.undo(ann)

    with pytest.raises(UsageError, match=f"act {undone.number} .* was undone already, by act {undone.number + 1}"):
        history.undo(ann, undone.number)


def test_an_act_that_there_is_not_is_unknown(ann):
    """It says where to look."""
    with pytest.raises(UnknownNameError, match="there is no act '99'; see: feedhub log"):
        history.undo(ann, 99)


def touch_story(desk):
    marks.decide(desk, [1], "shortlisted")


LATER = {
    "the decision was another one's": (touch_story, lambda desk: marks.decide(desk, [1], "dropped", "old")),
    "the story was picked": (touch_story, lambda desk: picks.pick(desk, [1], None)),
    "the tag was taken off": (
        lambda desk: marks.tag(desk, [1], ["k8s"], []),
        lambda desk: marks.tag(desk, [1], [], ["k8s"]),
    ),
    "the note was added to": (
        lambda desk: notes.write(desk, (1,), Writing("One"), LANGUAGE),
        lambda desk: notes.write(desk, (1,), Writing("Two", append=True), LANGUAGE),
    ),
    "another note was written in the place of one that was deleted": (
        lambda desk: notes.delete(desk, (5,), Writing(), LANGUAGE),
        lambda desk: notes.write(desk, (5,), Writing("Two"), LANGUAGE),
    ),
    "a tag was given again after it got another name": (
        lambda desk: marks.rename_tag(desk, "news", "press"),
        lambda desk: marks.tag(desk, [1], ["other", "news"], []),
    ),
    "the item was moved": (
        lambda desk: picks.pick(desk, [1], None),
        lambda desk: picks.pick(desk, [1], "业界要闻"),
    ),
    "the item was taken out": (lambda desk: picks.pick(desk, [1], None), lambda desk: picks.unpick(desk, [1])),
    "the issue was published": (
        lambda desk: picks.pick(desk, [1], None),
        lambda desk: publisher.freeze(desk.db, desk.hub, desk.editor, desk.now),
    ),
}


@pytest.mark.parametrize(("first", "later"), LATER.values(), ids=LATER)
def test_what_later_work_depends_on_is_not_taken_back(ann, bo, first, later):
    """It names the act that would be lost, and whose it is; nothing is changed by trying."""
    first(ann)
    later(bo)
    before = laid_out(ann)
    other = acts.log(ann.db)[0]

    with pytest.raises(UsageError, match=re.escape(f"act {other.number} of bo ({other.command})")):
        history.undo(ann)

    assert laid_out(ann) == before


def test_what_nothing_depends_on_any_more_is_taken_back(ann, bo):
    """When the later act was undone, the earlier one can be."""
    before = laid_out(ann)
    touch_story(ann)
    marks.decide(bo, [1], "dropped", "old")

    history.undo(bo)
    history.undo(ann)

    assert laid_out(ann) == before


def placed(desk):
    """Return the stories of the open issue by their place, and the names of its sections."""
    found = {}
    for path, _, story in shape(desk):
        found.setdefault(path, []).append(story)
    sections = [block.fields["section"] for block in issues.blocks(desk.db, 1) if block.kind == "section"]
    return found, sections


def test_undo_of_the_first_pick_leaves_what_others_put_there(ann, bo):
    """The section, its group and the issue were made by it; they stay, for others picked into them since."""
    (first,) = (act for act in acts.log(ann.db) if act.command == "pick")
    picks.pick(bo, [1], None)

    history.undo(ann, first.number)

    assert placed(ann) == ({"upstream/Kubernetes": [1]}, ["upstream"])
    assert stories.get(ann.db, [5])[0].state == "new"
    history.redo(ann)
    assert placed(ann) == ({"upstream/Kubernetes": [5, 1]}, ["upstream"])


MEANWHILE = {
    "undo of an unpick": (lambda desk: picks.unpick(desk, [5]), history.undo),
    "redo of a pick": (lambda desk: [history.undo(desk) for _ in range(4)], history.redo),
}


@pytest.mark.parametrize(("take_out", "put_back"), MEANWHILE.values(), ids=MEANWHILE)
def test_what_comes_back_finds_the_section_that_was_made_meanwhile(ann, bo, take_out, put_back):
    """There is one section of a name, whoever made it: the item goes back into that one."""
    take_out(ann)
    picks.pick(bo, [1], None)

    put_back(ann)

    found, sections = placed(ann)
    assert {path: set(numbers) for path, numbers in found.items()} == {"upstream/Kubernetes": {1, 5}}
    assert sections == ["upstream"]


def test_a_number_that_was_given_again_is_nobodys_later_work(ann, bo):
    """What Ann removed comes back, though Bo wrote something of his own since."""
    notes.delete(ann, (2,), Writing(), LANGUAGE, private=True)
    notes.write(bo, (1,), Writing("Of Bo"), LANGUAGE)

    history.undo(ann)

    found = {story.number: [note.text for note in story.notes] for story in stories.get(ann.db, [1, 2])}
    assert found == {1: ["Of Bo"], 2: ["Hush"]}


def test_what_was_published_stays_published(ann):
    """A publish is no act that can be taken back, by name or by turn."""
    publisher.freeze(ann.db, ann.hub, "ann", ann.now)
    published = acts.log(ann.db)[0]
    before = laid_out(ann)

    for number in (None, published.number):
        with pytest.raises(UsageError, match=r"publish 1\) cannot be undone: what was published stays published"):
            history.undo(ann, number)

    assert laid_out(ann) == before


def test_an_act_that_changes_nothing_is_none(ann):
    """A tag that is there, a note as it is, a pick where it stands: nothing to log, nothing to undo."""
    made = len(acts.log(ann.db))

    marks.tag(ann, [1], ["news"], ["never there"])
    marks.decide(ann, [6], "dropped", "old")
    notes.write(ann, (5,), Writing("As it is", "A title"), LANGUAGE)
    notes.delete(ann, (1,), Writing(), LANGUAGE)
    picks.pick(ann, [5], None)

    assert len(acts.log(ann.db)) == made


def test_the_log_says_who_did_what_to_which_stories(ann, bo):
    """The latest first; of an editor, of a story, or all."""
    marks.tag(bo, [1, 2], ["k8s"], ["cloud"])

    (last, *others) = acts.log(ann.db)

    assert (last.editor, last.command, last.stories, last.at) == ("bo", "tag +k8s -cloud", (1, 2), TUESDAY)
    assert [act.command for act in others] == ["drop (old)", "annotate --private", "annotate", "pick", "tag +news"]
    assert [act.command for act in acts.log(ann.db, story=1)] == ["tag +k8s -cloud", "tag +news"]
    assert acts.log(ann.db, editor="bo") == [last]
    assert len(acts.log(ann.db, limit=2)) == 2
    assert (acts.last_story(ann.db, "bo"), acts.last_story(ann.db, "ann"), acts.last_story(ann.db, "cy")) == (
        2,
        6,
        None,
    )


def test_credits_are_for_what_stands(ann, bo):
    """Who picked and who wrote, in the order in which they did; what was undone, or is private, does not count."""
    picks.pick(bo, [1], None)
    notes.write(bo, (5,), Writing("Also", append=True), LANGUAGE)
    notes.write(bo, (1,), Writing("Of Bo"), LANGUAGE, private=True)

    assert acts.pickers(ann.db, 1) == ["ann", "bo"]
    assert acts.writers(ann.db, 5, LANGUAGE) == ["ann", "bo"]
    assert acts.writers(ann.db, 1, LANGUAGE) == acts.writers(ann.db, 5, "en") == []
    for _ in range(3):
        history.undo(bo)
    assert acts.pickers(ann.db, 1) == acts.writers(ann.db, 5, LANGUAGE) == ["ann"]


def test_every_state_of_a_note_is_kept(ann):
    """What was written over or deleted can be read again."""
    notes.write(ann, (5,), Writing("Second"), LANGUAGE)
    notes.delete(ann, (5,), Writing(), LANGUAGE)
    notes.write(ann, (5,), Writing("Third"), LANGUAGE)

    assert [note.text for note in notes.history(ann, 5)] == ["Third", "Second", "As it is"]


def test_only_tables_of_editors_are_changed_by_acts(ann):
    """A table that a mistake names is a bug, before it is SQL."""
    acting = acts.Acting(ann.db, "ann", TUESDAY)
    with pytest.raises(ValueError, match="texts is not an editor's"):
        acting.change("texts", 1, said="{}")
    with pytest.raises(ValueError, match="rows of entries are not an editor's to add or remove"):
        acting.remove("entries", 1)
    with pytest.raises(ValueError, match="rows of stories are not an editor's to add or remove"):
        acting.add("stories", {"uid": "x", "first_seen": "2019-12-10T10:00:00Z"})
