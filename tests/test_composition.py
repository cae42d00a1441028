"""The shape of an issue: weeks and their names, places as people write them, order, titles, credits, the tree."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from conftest import HUB, TUESDAY, make_hub
from hypothesis import given
from hypothesis import strategies as st

from feedhub.errors import UnknownNameError, UsageError
from feedhub.model.document import Entry, Person
from feedhub.model.hub import Newsletter, Section, Week
from feedhub.model.issue import Block, Coverage, Credit, Issue, items_of
from feedhub.model.places import Place, place_of, section_of
from feedhub.model.story import Note, StoredEntry, Story
from feedhub.rules import composition

MON, THU, SUN = 0, 3, 6


def letter(zone: str = "UTC", starts: int = MON, **fields) -> Newsletter:
    """Return a newsletter."""
    given = {"title": "云原生周报", "id": "tag:a.example,2019:x", "timezone": ZoneInfo(zone), "week": Week(starts)}
    return Newsletter(**given | fields)


WEEKS = {
    # When it is, where, the day that the week starts with, and how the week is called.
    "a Tuesday": ("2019-12-10T10:00Z", "UTC", MON, "2019-W50"),
    "the last minute of a Sunday": ("2019-12-15T23:59Z", "UTC", MON, "2019-W50"),
    "the first minute of a Monday": ("2019-12-16T00:00Z", "UTC", MON, "2019-W51"),
    "Monday already, in Shanghai": ("2019-12-15T16:00Z", "Asia/Shanghai", MON, "2019-W51"),
    "Sunday still, in Los Angeles": ("2019-12-16T07:59Z", "America/Los_Angeles", MON, "2019-W50"),
    "a week with most of its days in the new year": ("2019-12-30T00:00Z", "UTC", MON, "2020-W01"),
    "New Year of 2020": ("2020-01-01T00:00Z", "UTC", MON, "2020-W01"),
    "the days before, in Shanghai": ("2019-12-29T15:59Z", "Asia/Shanghai", MON, "2019-W52"),
    "a year of 53 weeks": ("2021-01-03T12:00Z", "UTC", MON, "2020-W53"),
    "and the next": ("2021-01-04T12:00Z", "UTC", MON, "2021-W01"),
    "O12: the last week of 2026": ("2026-12-28T00:00Z", "UTC", MON, "2026-W53"),
    "O12: New Year of 2027": ("2027-01-01T00:00Z", "UTC", MON, "2026-W53"),
    "a Sunday that starts a week": ("2019-12-15T00:00Z", "UTC", SUN, "2019-W51"),
    "the Saturday before": ("2019-12-14T23:59Z", "UTC", SUN, "2019-W50"),
    "a week from Sunday over New Year": ("2019-12-29T00:00Z", "UTC", SUN, "2020-W01"),
    "a week from Thursday: four days of it are in week 50": ("2019-12-17T00:00Z", "UTC", THU, "2019-W50"),
    "a Thursday that starts a week": ("2019-12-12T00:00Z", "UTC", THU, "2019-W50"),
    "the Wednesday before": ("2019-12-11T23:59Z", "UTC", THU, "2019-W49"),
    "a week from Thursday over New Year": ("2020-01-01T00:00Z", "UTC", THU, "2019-W52"),
}


@pytest.mark.parametrize(("at", "zone", "starts", "slug"), WEEKS.values(), ids=WEEKS)
def test_O12_weeks_are_called_as_most_of_their_days(at, zone, starts, slug):
    assert composition.week_slug(datetime.fromisoformat(at), letter(zone, starts)) == slug


ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Pacific/Kiritimati"])
TIMES = st.datetimes(datetime(2019, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(TIMES, ZONES, st.integers(0, 6))
def test_each_week_has_a_name_of_its_own(now, zone, starts):
    """All of a week has its name, no other has it, and names stand in the order of the weeks."""
    newsletter = letter(zone, starts)
    first = composition.week_start(now, newsletter)

    slugs = [composition.week_slug(first + timedelta(days=day), newsletter) for day in (-1, 0, 3, 6, 7)]

    assert first <= now < first + timedelta(days=8)
    assert (first.weekday(), first.hour, first.minute) == (starts, 0, 0)
    assert composition.week_slug(now, newsletter) == slugs[1] == slugs[2] == slugs[3]
    assert slugs[0] < slugs[1] < slugs[4]


def test_a_week_starts_at_midnight_where_clocks_change():
    """In the newsletter's zone, summer or winter: the week before winter time is an hour longer."""
    monday = composition.week_start(datetime(2019, 10, 27, 22, 59, tzinfo=UTC), letter("Europe/Berlin"))

    assert monday == datetime(2019, 10, 20, 22, tzinfo=UTC)


SLUGS = {
    "a free one": (set(), "2019-W50"),
    "one that is taken": ({"2019-W50"}, "2019-W50-2"),
    "two that are": ({"2019-W50", "2019-W50-2"}, "2019-W50-3"),
    "one in between that is free": ({"2019-W50", "2019-W50-3"}, "2019-W50-2"),
    "others do not matter": ({"2019-W49", "2019-W51"}, "2019-W50"),
}


@pytest.mark.parametrize(("taken", "slug"), SLUGS.values(), ids=SLUGS)
def test_free_slug(taken, slug):
    assert composition.free_slug("2019-W50", taken) == slug


def placed(number: int, name: str, position: float, parent: int | None = None) -> Block:
    """Return a section, or below one a group."""
    kind = "group" if parent else "section"
    return Block(number, 1, parent, position, kind, fields={"title" if parent else "section": name})


ORDER = ["news", "upstream", "projects", "reading"]

POSITIONS = {
    # What is there, at which positions, what comes, and what stands before and after it then.
    "the first of all": ([], "upstream", None, None),
    "before a later one": (["upstream", "reading"], "projects", "upstream", "reading"),
    "before all others": (["upstream", "reading"], "news", None, "upstream"),
    "after all others": (["news", "upstream"], "reading", "upstream", None),
    "one that the order does not know": (["news", "reading"], "extra", "reading", None),
    "before one that the order does not know": (["news", "extra"], "reading", "news", "extra"),
    "where an editor moved things, the first later one counts": (["reading", "news"], "upstream", None, "reading"),
}


@pytest.mark.parametrize(("there", "name", "before", "after"), POSITIONS.values(), ids=POSITIONS)
def test_where_a_new_section_goes(there, name, before, after):
    blocks = [placed(number, each, number * 10.0) for number, each in enumerate(there, 1)]

    position = composition.position_in_order(blocks[::-1], name, ORDER)

    at = {each: block.position for each, block in zip(there, blocks, strict=True)}
    assert (at[before] if before else 0.0) < position < (at[after] if after else float("inf"))


@given(st.permutations([*ORDER, *"abcdefgh"]))
def test_sections_end_up_in_the_newsletters_order(names):
    """In whatever order editors first put something into them; no two at one position."""
    order = [*ORDER, *"abcdefgh"]
    blocks: list[Block] = []
    for number, name in enumerate(names, 1):
        blocks.append(placed(number, name, composition.position_in_order(blocks, name, order)))

    blocks.sort(key=lambda block: block.position)

    assert [block.fields["section"] for block in blocks] == order
    assert all(one.position < other.position for one, other in pairwise(blocks))


TITLES = {
    "the usual one": ("{headline} | {title} No. {number}", "Knative 1.0", "Knative 1.0 | 云原生周报 No. 7"),
    "with the week": ("{title} {week} ({number})", "x", "云原生周报 2019-W50 (7)"),
    "a headline with braces": ("{headline} {number}", "{number} {title} {x}", "{number} {title} {x} 7"),
    "H12: a headline that looks like a format": ("{headline}", "{0.__class__} {{7*7}} %s", "{0.__class__} {{7*7}} %s"),
    "twice the same": ("{number}/{number}", "x", "7/7"),
    "no headline in it": ("{title}", "x", "云原生周报"),
}


@pytest.mark.parametrize(("pattern", "headline", "title"), TITLES.values(), ids=TITLES)
def test_issue_title(pattern, headline, title):
    assert composition.issue_title(letter(issue_title=pattern), headline, 7, "2019-W50") == title


def test_a_newsletter_with_braces_in_its_name():
    """Is called so, not something else."""
    newsletter = letter(title="{week} {headline}", issue_title="{title}: {headline}")

    assert composition.issue_title(newsletter, "{title}", 7, "2019-W50") == "{week} {headline}: {title}"


EDITORS = """
editors:
  - {id: ed1, name: {zh-CN: 编辑一, en: Editor One}}
  - {id: ed2, name: 编辑二}
  - {id: ed2-at-home, name: 编辑二}
"""

CREDITS = {
    # Who wrote, who picked, who is named as author, and as editor.
    "who wrote is an author": (["ed1"], [], ["编辑一"], []),
    "who only picked is an editor": ([], ["ed2"], [], ["编辑二"]),
    "who did both is an author": (["ed1"], ["ed1", "ed2"], ["编辑一"], ["编辑二"]),
    "each once, in their order": (["ed2", "ed1", "ed2"], [], ["编辑二", "编辑一"], []),
    "one person with two ids is one": (["ed2"], ["ed2-at-home"], ["编辑二"], []),
    "who is not listed is called as they log in": (["root"], ["www-data"], ["root"], ["www-data"]),
    "nobody": ([], [], [], []),
}


@pytest.mark.parametrize(("writers", "pickers", "authors", "editors"), CREDITS.values(), ids=CREDITS)
def test_credits(writers, pickers, authors, editors):
    expected = [*(Credit("author", name) for name in authors), *(Credit("editor", name) for name in editors)]

    assert composition.credits_of(make_hub(text=HUB + EDITORS), writers, pickers) == tuple(expected)


DESK = """
    - {id: tools, title: 本周工具}
    - {id: upstream-events, title: 活动}
    - {id: ci, title: CI/CD, groups: [Argo/Flux, Tekton]}
tags:
  kubernetes: {alias: [k8s, kube]}
  knative: {}
"""

PLACES = {
    "an id, although another starts so": ("upstream", ("upstream",)),
    "an alias": ("up", ("upstream",)),
    "a title": ("上游重要进展", ("upstream",)),
    "a title in another language, in any case": ("UPSTREAM", ("upstream",)),
    "a prefix that only one has": ("上游", ("upstream",)),
    "a section without an id is its title": ("业界要闻", ("业界要闻",)),
    "a group": ("up/Kubernetes", ("upstream", "Kubernetes")),
    "a group in another case": ("up/kubernetes", ("upstream", "Kubernetes")),
    "a group by its prefix": ("up/kub", ("upstream", "Kubernetes")),
    "a group by its tag's alias": ("up/k8s", ("upstream", "Kubernetes")),
    "a theme below a group is free": ("up/k8s/KEPs", ("upstream", "Kubernetes", "KEPs")),
    "blanks around names": (" up / Knative ", ("upstream", "Knative")),
    "a slash in a section's title": (r"CI\/CD", ("ci",)),
    "a slash in a group": (r"ci/Argo\/Flux", ("ci", "Argo/Flux")),
}


@pytest.mark.parametrize(("path", "names"), PLACES.values(), ids=PLACES)
def test_place_of(path, names):
    assert place_of(make_hub(text=HUB + DESK), path) == Place(names[0], names[1:])


NO_PLACES = {
    "an unknown section": ("upsteam", UnknownNameError, "no section 'upsteam'; did you mean Upstream"),
    "which says what there is": ("xyz", UnknownNameError, "sections are 业界要闻, 上游重要进展, 本周阅读推荐"),
    "a prefix of two": ("本周", UsageError, "'本周' is ambiguous: it may be 本周阅读推荐 or tools"),
    "a prefix of two groups": ("up/K", UsageError, "'K' is ambiguous: it may be Kubernetes or Knative"),
    "an unknown group": ("up/Istio", UnknownNameError, "add it to upstream in feeds.yaml, or use --create"),
    "one that is nearly one": ("up/Kubernets", UnknownNameError, "did you mean Kubernetes"),
    "nothing": ("", UsageError, "is no path; write one such as"),
    "nothing in between": ("up//Kubernetes", UsageError, "is no path"),
    "nothing at the end": ("up/", UsageError, "is no path"),
}


@pytest.mark.parametrize(("path", "error", "says"), NO_PLACES.values(), ids=NO_PLACES)
def test_no_place(path, error, says):
    """Nothing is guessed; the error says what there is."""
    with pytest.raises(error) as raised:
        place_of(make_hub(text=HUB + DESK), path)

    assert says in str(raised.value)


def test_unknown_places_can_be_created():
    """Where that is asked for; what is known is found all the same."""
    hub = make_hub()

    assert place_of(hub, "up/Istio", create=True) == Place("upstream", ("Istio",))
    assert place_of(hub, "New/Group/Theme", create=True) == Place("New", ("Group", "Theme"))
    assert place_of(hub, "up/knat", create=True) == Place("upstream", ("Knative",))


NAMES = st.text("zy/ -云.'", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_a_path_reads_back_as_its_place(names):
    """Whatever slashes are in its names."""
    place = Place(names[0], tuple(names[1:]))

    assert place_of(make_hub(), place.path, create=True) == place


def test_a_section_that_is_not_listed_any_more_is_titled_by_its_id():
    assert section_of(make_hub(), "upstream").alias == "up"
    assert section_of(make_hub(), "dropped") == Section("dropped", {"": "dropped"})


def story(number: int, feeds: tuple[str, ...] = ("kubernetes-blog",), **fields) -> Story:
    """Return a story that these feeds told, the first one as its primary entry."""
    stored = (
        StoredEntry(
            part, part, feed, Entry(f"urn:{feed}:{part}", f"{feed} {part}", f"https://{feed}.example/{part}"), TUESDAY
        )
        for part, feed in enumerate(feeds, 1)
    )
    return Story(number, f"tag:x/story/{number}", "picked", tuple(stored), TUESDAY, **fields)


def item(number: int, parent: int | None, of: int) -> Block:
    """Return an item."""
    return Block(number, 1, parent, float(number), "item", story=of)


def test_an_issue_is_its_tree_without_what_is_empty():
    """Own items first, then groups; sections and groups that hold nothing are left out; loose items lead."""
    blocks = [
        placed(1, "业界要闻", 1.0),
        placed(2, "upstream", 2.0),
        placed(3, "Knative", 1.0, parent=2),
        placed(4, "Kubernetes", 2.0, parent=2),
        item(5, 4, 50),
        item(6, 2, 60),
        item(7, None, 70),
    ]

    parts = composition.compose(make_hub(), blocks, {number: story(number) for number in (50, 60, 70)}, {})

    assert [(part.id, part.title) for part in parts] == [("", ""), ("upstream", "上游重要进展")]
    assert [(part.id, part.title) for part in parts[1].parts] == [("Kubernetes", "Kubernetes")]
    assert [item.uid for item in items_of(parts)] == [f"tag:x/story/{number}" for number in (70, 60, 50)]


def compose_one(told: Story, titles: dict[str, str] | None = None):
    """Return the only item of an issue."""
    (found,) = items_of(
        composition.compose(make_hub(), [item(1, None, told.number)], {told.number: told}, titles or {})
    )
    return found


def note(text: str, title: str | None = None, **fields) -> Note:
    """Return what an editor says about story 1."""
    return Note(
        **{"story": 1, "language": "zh-CN", "text": text, "title": title, "editor": "ed1", "at": TUESDAY} | fields
    )


def test_an_item_says_what_the_editors_say():
    """In the newsletter's language, with their title; never a private remark."""
    notes = (note("SECRET", "SECRET", private=True), note("English.", language="en"), note("评论。", "编辑的标题"))

    told = compose_one(story(1, notes=notes, tags=("kubernetes",)))

    assert (told.title, told.original_title, told.commentary) == ("编辑的标题", "kubernetes-blog 1", "评论。")
    assert told.tags == ("kubernetes",)


def test_an_item_without_a_note_has_upstreams_title():
    """And no original title beside it; nor where the editors' title is the same."""
    assert compose_one(story(1)).original_title is None
    assert compose_one(story(1)).commentary == ""
    assert compose_one(story(1, notes=(note("x", "kubernetes-blog 1"),))).original_title is None


def test_an_item_names_who_else_told_it():
    """Every other page, with its feed's title where that has one; what the leading feed said before is none."""
    told = compose_one(story(1, ("a", "b", "c", "b", "a")), {"b": "The B blog", "a": "The A blog"})

    assert (told.feed, told.feed_title) == ("a", "The A blog")
    assert told.also == (
        Coverage("The B blog", "b 2", "https://b.example/2"),
        Coverage("c", "c 3", "https://c.example/3"),
        Coverage("The B blog", "b 4", "https://b.example/4"),
    )


def test_a_feed_that_only_leads_to_the_same_page_is_named_without_a_link():
    """It told the news; its link, with whatever tracking, is the item's own."""
    planet = StoredEntry(2, 2, "planet", Entry(link="http://www.a.example/1/?utm_source=planet"), TUESDAY)
    told = story(1, ("a",))
    entries = (replace(told.entries[0], entry=Entry(title="a 1", link="https://a.example/1")), planet)

    assert compose_one(replace(told, entries=entries)).also == (Coverage("planet", None, None),)


def test_an_item_names_authors_who_have_names():
    """An e-mail address alone is nobody's name."""
    entry = Entry(title="x", authors=(Person("", email="ann@a.example"), Person("Ann")), published=TUESDAY)
    told = Story(1, "tag:x/story/1", "picked", (StoredEntry(1, 1, "a", entry, TUESDAY),), TUESDAY)

    assert compose_one(told).authors == (Person("Ann"),)
    assert compose_one(told).published == TUESDAY


def test_an_edition_holds_what_its_issue_was_given():
    """Its date is the day in the newsletter's zone: late on a Tuesday in UTC is Wednesday in Shanghai."""
    late = datetime(2019, 12, 10, 17, tzinfo=UTC)
    issue = Issue(1, 7, "published", TUESDAY, "2019-W50", "tag:x/issue/2019-W50", late)

    edition = composition.edition_of(make_hub(), issue, (), "要闻", (Credit("author", "编辑一"),))

    assert (edition.uid, edition.slug, edition.version, edition.number) == (issue.uid, "2019-W50", 1, 7)
    assert (edition.title, edition.masthead) == ("要闻 | 云原生周报 No. 7", "云原生周报")
    assert (edition.updated, edition.published, edition.date) == (late, late, "2019-12-11")


def test_an_issue_without_slug_id_and_time_is_no_edition():
    with pytest.raises(ValueError, match="no slug, id and time"):
        composition.edition_of(make_hub(), Issue(1, 7, "draft", TUESDAY), (), "x", ())
