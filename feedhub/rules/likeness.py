"""Whether two titles may tell the same news: by their words, and their pairs of Chinese characters.

A likeness is a suggestion to an editor, never more: what is the same for certain has a key (rules/keys.py).
"""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from feedhub.text.characters import bigrams, fold

ENOUGH = 60
"""The score from which a likeness is suggested; bench/README.md has what other ones would find, and get wrong."""
WINDOW = 14
"""Days within which stories are compared: of 100 stories that two feeds tell, 97 are told within them."""

_LONGEST = 500
_MOST = 40
"""Words that are compared; each pair of them is looked up."""
_LEAST = 3
"""Words that a title needs: of shorter ones most mean something else elsewhere (Change Notes, Hello World)."""

_TOKEN = re.compile(r"\d+(?:[.\-]\d+)*(?:[.\-]?(?:alpha|beta|rc|pre)[.\-]?\d*)?|[^\W\d_]+")
_COUNTED = re.compile(r"\b(?:part|vol|volume|chapter|episode)\W{1,2}([ivx]+)\b|第([一二三四五六七八九十]+)")
_ROMAN = {name: str(place) for place, name in enumerate("i ii iii iv v vi vii viii ix x xi xii".split(), 1)}
_CHINESE = {name: str(place) for place, name in enumerate("一 二 三 四 五 六 七 八 九 十 十一 十二".split(), 1)}
_ENGLISH = {name: str(place) for place, name in enumerate("two three four five six seven eight nine ten".split(), 2)}
_MONTHS = frozenset("january february march april june july august september october november december".split())

# What titles have in common without telling the same: articles and the like, and words for telling as such.
_GENERIC = frozenset(
    "a an and are as at be by can for from has have how i in into is it its of on or our s t that the their this to "
    "was we what when which why will with you your re blog post announce announced announces announcing announcement "
    "introduce introduces introducing new now available availability release released releases update updates updated "
    "v version 的 了 发布 宣布 版本 本发 布了 正式 式发".split()
)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two titles are, from 0 to 100, and which words both have."""

    score: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Title:
    """What of a title is compared: words that say something, in their order, and all numbers."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]

    @property
    def is_telling(self) -> bool:
        """Whether it says enough to be compared; what has a version says which release it is of what."""
        chinese = sum(not word.isascii() and len(word) == 2 for word in self.words)
        has_version = any("." in number for number in self.numbers)
        return bool(self.words) and len(self.words) - (chinese + 1) // 2 + 2 * has_version >= _LEAST


def pairs(title: str) -> tuple[int, ...]:
    """Return numbers for the neighbouring words of a title: titles that are alike have one in common.

    The same on every machine and in every process, below 2 ** 63; none for a title that says too little.
    """
    said = _said(title)
    if not said.is_telling:
        return ()
    words = [*said.words, *(number for number in said.numbers if "." in number)]
    return tuple(dict.fromkeys(_number(*sorted(pair)) for pair in pairwise(words)))


def compare(one: str, other: str) -> Likeness | None:
    """Return how alike two titles are; None when one of them says too little, or not of the same numbers.

    >>> compare("Jesse Jackson, civil rights leader, dies at 84", "Civil rights leader Jesse Jackson dies, aged 84")
    Likeness(score=93, words=('jesse', 'jackson', 'civil', 'rights', 'leader', 'dies', '84'))
    >>> compare("Kubernetes v1.16.4 released", "Kubernetes v1.16.3 released") is None
    True
    """
    first, second = _said(one), _said(other)
    if set(first.numbers) != set(second.numbers) or not (first.is_telling and second.is_telling):
        return None
    from rapidfuzz import fuzz  # 40 ms, which a poll without news need not spend

    score = fuzz.ratio(" ".join(sorted(first.words)), " ".join(sorted(second.words)))
    shared = {*second.words, *second.numbers}
    words = (*first.words, *first.numbers)
    return Likeness(int(score), tuple(word for word in dict.fromkeys(words) if word in shared))


@lru_cache(maxsize=1024)  # One title is compared with some dozens.
def _said(title: str) -> _Title:
    text = fold(title[:_LONGEST])
    counted = [_ROMAN.get(roman, roman) or _CHINESE.get(chinese, chinese) for roman, chinese in _COUNTED.findall(text)]
    tokens = _TOKEN.findall(bigrams(_COUNTED.sub(" ", text)))[:_MOST]
    words = [token for token in tokens if not _is_number(token) and token not in _GENERIC]
    return _Title(tuple(words), (*filter(None, counted), *(_canonical(one) for one in tokens if _is_number(one))))


def _is_number(token: str) -> bool:
    return token[0].isdigit() or token in _ENGLISH or token in _MONTHS


def _canonical(number: str) -> str:
    """Return a number as it is compared: v1.17.0 is 1.17."""
    return re.sub(r"^(\d+\.\d+)\.0$", r"\1", _ENGLISH.get(number, number))


def _number(one: str, other: str) -> int:
    digest = hashlib.blake2b(f"{one}\0{other}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1
