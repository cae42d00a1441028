"""What people type for a story: its number, its link, and the keys of what it is about."""

import pytest
from conftest import TUESDAY, item, make_hub
from polling import URL, Polling, answer

from feedhub.editors.desk import Desk, number, numbers
from feedhub.errors import UnknownNameError, UsageError
from feedhub.store import stories

K8S = "https://github.com/kubernetes/kubernetes"
ENTRIES = {
    1: ("Add goaway", f"{K8S}/pull/88567"),
    2: ("Week Ending March 1, with kubernetes/kubernetes#88567, KEP-1370", "https://lwkd.example/1"),
    3: ("Pod overhead", "https://github.com/kubernetes/enhancements/issues/688"),
    4: ("CVE-2020-8555: Half-blind SSRF", "https://security.example/1"),
    5: ("v0.9.2", "https://github.com/wagoodman/dive/releases/tag/v0.9.2"),
    6: ("v0.9.2", "https://github.com/ann/dive/releases/tag/v0.9.2"),
    7: ("v0.9.3", "https://github.com/wagoodman/dive/releases/tag/v0.9.3"),
    8: ("Fix", "https://github.com/openshift/kubernetes/pull/12"),
    9: ("Another week, with kubernetes/kubernetes#12", "https://lwkd.example/2"),
    10: ("A third week, with KEP-1370", "https://lwkd.example/3"),
}


@pytest.fixture
def desk(store, internet, monkeypatch):
    """A desk with the stories of ENTRIES, numbered as they are there."""
    told = [item(place, title, link=link) for place, (title, link) in ENTRIES.items()]
    internet[URL] = answer(*reversed(told))
    Polling(store, internet, monkeypatch)(0)
    return Desk(store, make_hub(), "ed1", TUESDAY)


NAMES = {
    "a number": ("4", 4),
    "a link": ("http://www.lwkd.example/1/?utm_source=rss", 2),
    "a pull request": ("kubernetes/kubernetes#88567", 1),
    "whatever its case": ("Kubernetes/Kubernetes#88567", 1),
    "without its owner": ("kubernetes#88567", 1),
    "by its address": (f"{K8S}/pull/88567", 1),
    "by another address of it": (f"{K8S}/pull/88567/files", 1),
    "an issue of proposals": ("enhancements#688", 3),
    "a proposal": ("KEP-688", 3),
    "in small letters": ("kep-688", 3),
    "by the address of its text": (
        "https://github.com/kubernetes/enhancements/tree/master/keps/sig-node/688-pod-overhead",
        3,
    ),
    "a vulnerability": ("cve-2020-8555", 4),
    "by the address of its record": ("https://nvd.nist.gov/vuln/detail/CVE-2020-8555", 4),
    "a release": ("wagoodman/dive@v0.9.2", 5),
    "one that only one owner has": ("dive@v0.9.3", 7),
    "what defines a story before what is mentioned": ("kubernetes#12", 8),
    "what is only mentioned, where nothing else is": ("kubernetes/kubernetes#12", 9),
}


@pytest.mark.parametrize(("name", "story"), NAMES.values(), ids=NAMES)
def test_a_story_is_named_by(desk, name, story):
    assert number(desk, name) == story


WRONG = {
    "two owners": ("dive@v0.9.2", UsageError, "dive@v0.9.2 can be ann/dive@v0.9.2 or wagoodman/dive@v0.9.2"),
    "two stories": ("KEP-1370", UsageError, "KEP-1370 is what stories 2, 10 are about; name one by its number"),
    "a pull request that nobody told of": ("kubernetes#1", UnknownNameError, "no feed has told it"),
    "a release that nobody told of": ("dive@v1.0.0", UnknownNameError, "no feed has told it"),
    "a part of a repository's name": ("netes#88567", UnknownNameError, "no feed has told it"),
    "a wildcard": ("%#88567", UnknownNameError, "by a key such as kubernetes#88567"),
    "another wildcard": ("kubernete_#88567", UnknownNameError, "no feed has told it"),
    "a proposal that nobody told of": ("KEP-1", UnknownNameError, "no feed has told it"),
    "a link that nobody told of": ("https://a.example/none", UnknownNameError, "no feed has told it"),
    "a word": ("dive", UnknownNameError, "name it by its number or its link, or by a key"),
}


@pytest.mark.parametrize(("name", "error", "said"), WRONG.values(), ids=WRONG)
def test_a_name_that_means_none_or_several(desk, name, error, said):
    """Exit 2: what it could mean is named."""
    with pytest.raises(UsageError) as found:
        number(desk, name)

    assert said in str(found.value)
    assert type(found.value) is error


def test_names_of_all_kinds_stand_together(desk):
    """Each story once, in the order of the names."""
    assert numbers(desk, ["KEP-688", "4-5", f"{K8S}/pull/88567", "kubernetes#88567"]) == (3, 4, 5, 1)


def test_a_name_without_its_owner_is_looked_up_in_an_index(desk):
    """A million stories have a million addresses among their keys, which are passed over."""
    plan = []
    desk.db.set_trace_callback(plan.append)
    stories.keys_called(desk.db, "dive@v0.9.3")
    desk.db.set_trace_callback(None)

    steps = desk.db.execute(f"explain query plan {plan[-1]}").fetchall()

    assert [step[3] for step in steps if "keys" in step[3]]
    assert not [step for step in steps if step[3].startswith("SCAN keys")]
