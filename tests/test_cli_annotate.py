"""annotate: commentary by option, by file and in $EDITOR; nobody's words are lost or written over unseen."""

import re
import sys
from pathlib import Path

import pytest
from newsroom import CACHE, DRAIN, MEETUP, PROBES


def note(weekly, name: str = CACHE, language: str = "zh-CN") -> str | None:
    return weekly.json("show", name)[0]["notes"].get(language)


def hash_of(weekly, name: str = CACHE) -> str:
    return weekly.json("show", name)[0]["note_hashes"]["zh-CN"]


def kept(stderr: str) -> Path:
    """Return the file that a refusal says it kept the text in."""
    return Path(re.search(r"what you wrote is in (\S+)", stderr)[1])


def in_output(weekly) -> str:
    return "".join(path.read_text("utf-8") for path in (weekly.folder / "output").rglob("*") if path.is_file())


@pytest.fixture
def editor(tmp_path):
    """Make shell scripts into $EDITOR; "$1" is the file to edit."""

    def make(script: str) -> dict[str, str]:
        path = tmp_path / "editor.sh"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o700)
        return {"EDITOR": str(path), "VISUAL": ""}

    return make


# by option and by file


@pytest.mark.parametrize("how", ["text", "file", "stdin"])
def test_commentary_comes_by(newsroom, tmp_path, how):
    """--text, a file, or stdin: the same note, without the white space around it."""
    (tmp_path / "note.md").write_text("第一段\r\n\n*第二段*\n\n", encoding="utf-8")
    said = (tmp_path / "note.md").read_bytes().decode()
    options = {"text": ["--text", said], "file": ["--file", str(tmp_path / "note.md")], "stdin": ["--file", "-"]}

    found = newsroom.run("annotate", CACHE, *options[how], stdin=said)

    assert note(newsroom) == "第一段\n\n*第二段*"
    assert f"1 has a note of 10 characters, hash {hash_of(newsroom)}" in found.stderr


def test_several_stories_get_the_same_note_in_one_act(newsroom):
    """JSON says of each what it has now; one undo takes all of them back."""
    told = newsroom.json("annotate", CACHE, DRAIN, "--text", "都看看", "--title", "题")

    assert [one["number"] for one in told] == [1, 2]
    assert told[0]["note"] == {"language": "zh-CN", "title": "题", "text": "都看看", "hash": hash_of(newsroom)}
    newsroom.run("undo")
    assert (note(newsroom, CACHE), note(newsroom, DRAIN)) == (None, None)


def test_append_adds_a_paragraph_whoever_wrote_the_first(newsroom):
    """Nothing is written over, so no hash is needed."""
    newsroom.run("annotate", CACHE, "--text", "第一段")

    newsroom.run("annotate", CACHE, "--text", "第二段", "--append", editor="ed2")

    assert note(newsroom) == "第一段\n\n第二段"


def test_title_alone_leaves_the_text(newsroom):
    """And text alone leaves the title; an empty title takes it away."""
    newsroom.run("annotate", CACHE, "--text", "正文")
    newsroom.run("annotate", CACHE, "--title", "标题")
    newsroom.run("annotate", CACHE, "--text", "新正文")

    assert (note(newsroom), newsroom.json("show", CACHE)[0]["titles"]) == ("新正文", {"zh-CN": "标题"})
    newsroom.run("annotate", CACHE, "--title", "")
    assert newsroom.json("show", CACHE)[0]["titles"] == {}


def test_a_note_in_each_language(newsroom):
    """--language keeps them apart; without it, it is the newsletter's."""
    newsroom.run("annotate", CACHE, "--text", "Why it matters", "--language", "en")
    newsroom.run("annotate", CACHE, "--text", "为什么重要")

    assert newsroom.json("show", CACHE)[0]["notes"] == {"en": "Why it matters", "zh-CN": "为什么重要"}


REFUSED = {
    "no text in it": (["--text", "  \n "], "empty"),
    "two sources": (["--text", "a", "--file", "-"], "exclude each other"),
    "a file that is not there": (["--file", "/nowhere/note.md"], "nowhere"),
    "too long": (["--text", "x" * 100_001], "too long"),
}


@pytest.mark.parametrize(("options", "said"), REFUSED.values(), ids=REFUSED)
def test_it_refuses(newsroom, options, said):
    """Exit 2, and the note is as it was."""
    newsroom.run("annotate", CACHE, "--text", "so it was")

    assert said in newsroom.run("annotate", CACHE, *options, code=2, stdin="").stderr
    assert note(newsroom) == "so it was"


# somebody else's note


def test_another_editors_note_needs_its_hash(newsroom):
    """Without it 75: the hash to use is named, the text is kept in a private file, and the note stays."""
    newsroom.run("annotate", CACHE, "--text", "ed1 的话")

    found = newsroom.run("annotate", CACHE, "--text", "ed2 的话", code=75, editor="ed2")

    assert f"--replace {hash_of(newsroom)}" in found.stderr
    assert len(found.stderr.splitlines()) == 1
    assert kept(found.stderr).read_text(encoding="utf-8") == "ed2 的话"
    assert kept(found.stderr).stat().st_mode & 0o777 == 0o600
    assert note(newsroom) == "ed1 的话"
    newsroom.run("annotate", CACHE, "--text", "ed2 的话", "--replace", hash_of(newsroom), editor="ed2")
    assert note(newsroom) == "ed2 的话"


def test_an_old_hash_is_no_leave(newsroom):
    """The note changed since it was looked at: 75, also for its own writer; nor is one that is gone replaced."""
    newsroom.run("annotate", CACHE, "--text", "one")
    old = hash_of(newsroom)
    newsroom.run("annotate", CACHE, "--text", "two")

    assert kept(newsroom.run("annotate", CACHE, "--text", "three", "--replace", old, code=75).stderr).is_file()
    assert note(newsroom) == "two"
    newsroom.run("annotate", CACHE, "--delete")
    newsroom.run("annotate", CACHE, "--text", "three", "--replace", old, code=75)
    assert note(newsroom) is None


def test_of_several_stories_none_is_written_when_one_refuses(newsroom):
    """One act, all or nothing."""
    newsroom.run("annotate", DRAIN, "--text", "theirs", editor="ed2")

    newsroom.run("annotate", CACHE, DRAIN, "--text", "mine", code=75)

    assert (note(newsroom, CACHE), note(newsroom, DRAIN)) == (None, "theirs")


def test_another_editors_note_is_not_deleted_unseen_either(newsroom):
    """--delete asks for the hash as writing over it does."""
    newsroom.run("annotate", CACHE, "--text", "ed1 的话")

    newsroom.run("annotate", CACHE, "--delete", code=75, editor="ed2")
    assert note(newsroom) == "ed1 的话"
    newsroom.run("annotate", CACHE, "--delete", "--replace", hash_of(newsroom), editor="ed2")
    assert note(newsroom) is None


def test_delete_and_history(newsroom):
    """What a note ever said stays on record, the latest first, with who and when."""
    newsroom.run("annotate", CACHE, "--text", "一")
    newsroom.run("annotate", CACHE, "--text", "二", "--append", editor="ed2")
    newsroom.run("annotate", CACHE, "--text", "私下", "--private")
    newsroom.run("annotate", CACHE, "--delete", editor="ed2")

    assert note(newsroom) is None
    told = newsroom.json("annotate", CACHE, "--history")
    assert [(one["text"], one["editor"], one["private"]) for one in told] == [
        ("私下", "ed1", True), ("一\n\n二", "ed2", False), ("一", "ed1", False),
    ]  # fmt: skip
    assert re.search(
        r"^1  2019-12-10 18:00  ed2  zh-CN  \w{8}\n一", newsroom.run("annotate", CACHE, "--history").stdout, re.M
    )
    assert newsroom.json("annotate", CACHE, "--delete")[0]["note"] is None


# private remarks


def test_O14_a_private_remark_gets_into_no_edition(newsroom):
    """Neither its text nor its title is in anything that publish prints or writes."""
    newsroom.run("annotate", CACHE, "--text", "s3cr3t remark", "--title", "s3cr3t title", "--private")
    newsroom.run("annotate", CACHE, "--text", "s3cr3t remark", "--private", "--language", "en")
    newsroom.run("annotate", CACHE, "--text", "公开的话")
    newsroom.run("pick", CACHE)

    told = newsroom.run("publish", "--dry-run").stdout
    told += newsroom.run("publish").output + newsroom.run("publish", "--json").output

    assert "公开的话" in in_output(newsroom)
    assert "s3cr3t" not in told + in_output(newsroom)


def test_a_remark_and_a_note_do_not_meet(newsroom):
    """Each is written, shown and deleted by itself."""
    newsroom.run("annotate", CACHE, "--text", "remark", "--private")
    assert note(newsroom) is None

    newsroom.run("annotate", CACHE, "--text", "note")
    newsroom.run("annotate", CACHE, "--delete", "--private")

    assert (note(newsroom), newsroom.json("show", CACHE)[0]["remarks"]) == ("note", {})


# in $EDITOR


def test_what_is_typed_above_the_scissors_is_the_note(newsroom, editor):
    """The page has a head, the note so far, a scissors line, and what upstream says, which is not saved."""
    newsroom.run("annotate", CACHE, "--text", "旧")

    newsroom.run("annotate", CACHE, **editor('cp "$1" "$HOME/page"; sed -i "2s/.*/新\\n第二行/" "$1"'))

    assert note(newsroom) == "新\n第二行"
    page = (newsroom.folder.parent / "page").read_text(encoding="utf-8").split("\n")
    assert page[:3] == ["%% 1 Node-local cache reaches beta", "旧", ""]
    assert ">8" in page[3]
    assert "What entry 1 says." in page[4:]


def test_one_editor_for_several_stories(newsroom, editor):
    """Each head begins a story; one that is left as it was is not touched."""
    newsroom.run("annotate", DRAIN, "--text", "旧")

    newsroom.run(
        "annotate", CACHE, DRAIN, PROBES, **editor("""sed -i '/^%%* 1 /a 一' "$1"; sed -i '/^%%* 3 /a 三' "$1" """)
    )

    assert [note(newsroom, name) for name in (CACHE, DRAIN, PROBES)] == ["一", "旧", "三"]
    assert [act["stories"] for act in newsroom.json("log", DRAIN)] == [[2]]


UNCHANGED = {
    "changes nothing": "true",
    "empties the file": ': > "$1"',
    "empties the note": "sed -i 2d \"$1\"",
    "writes below the scissors only": 'echo more >> "$1"',
}  # fmt: skip


@pytest.mark.parametrize("script", UNCHANGED.values(), ids=UNCHANGED)
def test_T13_nothing_is_changed_by_an_editor_that(newsroom, editor, script):
    """Exit 0, and a person is told that nothing was saved."""
    newsroom.run("annotate", CACHE, "--text", "so it was")

    found = newsroom.run("annotate", CACHE, **editor(script))

    assert "nothing was saved" in found.stderr
    assert (note(newsroom), len(newsroom.json("log"))) == ("so it was", 1)


FAILING = {
    "fails": ("""sed -i '1a neu' "$1"; exit 3""", "ended with 3"),
    "is killed": ("""sed -i '1a neu' "$1"; kill -9 $$""", "ended with -9"),
    "deletes the file": ('rm "$1"', "removed its file"),
}


@pytest.mark.parametrize(("script", "said"), FAILING.values(), ids=FAILING)
def test_T13_nothing_is_changed_when_the_editor(newsroom, editor, script, said):
    """Exit 2, with what happened."""
    newsroom.run("annotate", CACHE, "--text", "so it was")

    assert said in newsroom.run("annotate", CACHE, code=2, **editor(script)).stderr
    assert note(newsroom) == "so it was"


def test_an_editor_that_is_not_there(newsroom):
    """Exit 2, and what else would do."""
    found = newsroom.run("annotate", CACHE, code=2, EDITOR="/nowhere/vi --wait", VISUAL="")

    assert "'/nowhere/vi' cannot be started" in found.stderr
    assert "--text" in found.stderr


def test_visual_comes_first_and_may_have_arguments(newsroom, tmp_path, editor):
    """As for git: VISUAL, then EDITOR, each with its options."""
    script = editor("""test "$1" = --wait && sed -i '1a 对' "$2" """)["EDITOR"]

    newsroom.run("annotate", CACHE, VISUAL=f"'{script}' --wait", EDITOR="false")

    assert note(newsroom) == "对"


def test_T13_the_temporary_file_is_private_and_goes_away(newsroom, editor):
    """0600 in a folder of its own with 0700, whatever the umask; afterwards neither is there."""
    where = newsroom.folder.parent / "where"

    newsroom.run("annotate", CACHE, **editor(f'stat -c "%a %n" "$1" "$(dirname "$1")" > {where}'))

    (mode, file), (above, folder) = (line.split() for line in where.read_text().splitlines())
    assert (mode, above) == ("600", "700")
    assert not Path(file).exists()
    assert not Path(folder).exists()


ONES = {"nobody had written": None, "there was a note": "alt"}
OTHERS = {"another editor": "ed2", "the same editor": "ed1"}


@pytest.mark.parametrize("before", ONES.values(), ids=ONES)
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_who_saves_second_is_told_and_loses_nothing(newsroom, editor, before, other):
    """Somebody writes while the editor is open: 75, their note stays, the page is kept with what was typed."""
    if before:
        newsroom.run("annotate", CACHE, "--text", before, editor=other)
    elsewhere = f'"{sys.executable}" -m feedhub --hub "{newsroom.folder}" --editor {other} annotate 1 --text theirs'

    found = newsroom.run("annotate", CACHE, code=75, **editor(f"""{elsewhere}; sed -i '1a mine' "$1" """))

    assert note(newsroom) == "theirs"
    assert "%% 1 Node-local cache reaches beta\nmine\n" in kept(found.stderr).read_text(encoding="utf-8")


def test_upstream_text_cannot_pass_for_a_head(newsroom, editor):
    """Its line `%% 3 ...` begins no story, and what stands below it is not saved."""
    newsroom.run("annotate", CACHE, PROBES, **editor("""sed -i '/^%%* [13] [^o]/a 好' "$1" """))

    assert [note(newsroom, name) for name in (CACHE, PROBES)] == ["好", "好"]


LOOKALIKES = {
    "a head": "first\n%% 3 is what a line begins with\nlast",
    "the head of a story that is not there": "first\n%% 99 bottles\nlast",
    "a scissors line": "first\n------------------------ >8 ------------------------\nlast",
}


@pytest.mark.parametrize("text", LOOKALIKES.values(), ids=LOOKALIKES)
def test_a_note_may_hold_a_line_that_looks_like(newsroom, editor, text):
    """To open it in an editor and save it changes no note: not this one, not another story's."""
    newsroom.run("annotate", CACHE, "--text", text)

    newsroom.run("annotate", CACHE, PROBES, **editor("true"))

    assert (note(newsroom, CACHE), note(newsroom, PROBES)) == (text, None)


def test_a_byte_order_mark_is_no_text(newsroom, editor):
    """Some editors write one; the note is what was typed."""
    newsroom.run("annotate", CACHE, **editor("""sed -i '1a 对' "$1"; sed -i '1s/^/\\xef\\xbb\\xbf/' "$1" """))

    assert note(newsroom) == "对"


UNREADABLE = {
    "with a head twice": """sed -i '1a typed\\n%% 1 again' "$1" """,
    "without the head": """sed -i '1s/.*/typed/' "$1" """,
    "in another encoding": """printf '%%%% 1\\n\\265\\367\\266\\310\\n' > "$1" """,
}


@pytest.mark.parametrize("script", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_back_is_kept_not_guessed(newsroom, editor, script):
    """A page that came back broken: exit 2, no note, and what was typed is in the file that is named."""
    found = newsroom.run("annotate", CACHE, code=2, **editor(script))

    assert note(newsroom) is None
    assert re.search(rb"typed|\xb5\xf7", kept(found.stderr).read_bytes())


def test_a_note_begins_anew_after_publishing(newsroom):
    """It was written for one item: what was published keeps it, the next item starts with an empty one."""
    newsroom.run("annotate", MEETUP, "--text", "这一期的话")
    newsroom.run("pick", MEETUP)
    newsroom.run("publish")

    newsroom.run("annotate", MEETUP, "--text", "下一期的话", editor="ed2")

    assert note(newsroom, MEETUP) == "下一期的话"
    assert "这一期的话" in in_output(newsroom)
    assert "下一期的话" not in in_output(newsroom)
