"""The terms of a rule's `match`: how they are written, and what of a text they find. The home of RE2.

RE2 takes time linear in the text for every expression; what that rules out, look-around and references back to a group,
does not compile. It knows words of Latin letters only, so the borders of words are written out here.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from feedhub.errors import MatchError, nearest

NAMES = ("feed", "category", "tag", "language", "key", "status")
"""Fields whose values are names: a word of a rule means the whole of one."""
TEXTS = ("title", "text", "link", "author")
"""Fields whose values are running text: a word of a rule is one of its words."""
ANYWHERE = "anywhere"
"""The field of a term that names none: the title or the text."""

_TERM = re.compile(
    r"""\s*(?P<minus>-?)(?:(?P<field>[A-Za-z]+):(?!//)\s*(?P<inner>-?))?"""
    r"""(?P<value>"[^"]*"|/(?:[^/\\]|\\.)*/[A-Za-z]*|[^\s"/]\S*|\S|)"""
)
_MEMORY = 64 << 20
"""So much may RE2 take for a pass with all terms of a field."""
_CJK = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
_BORDER = r"[^\pL\pN\pM_]|[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]"


@dataclass(frozen=True, slots=True)
class Term:
    """One of the things that a match asks for: that a field has a value, or, negated, that it has not.

    `source` is RE2; its first group is what is found.
    """

    field: str
    negated: bool
    written: str
    source: str

    def found(self, values: Iterable[str]) -> str | None:
        """Return what of these values the term finds, on one line; None for nothing."""
        expression = _compiled(self.source)
        for value in values:
            match = expression.search(value if value.isascii() else _plain(value))
            if match:
                return " ".join(str(match.group(1)).split())
        return None


@cache
def parse(match: str) -> tuple[Term, ...]:
    """Read a match; raise MatchError, which says where in it, for what cannot be understood or computed."""
    terms, at = [], 0
    end = len(match.rstrip())
    while at < end:
        if found := _TERM.match(match, at):
            terms.append(_term(found))
            at = found.end()
    if not terms:
        raise MatchError("a match needs a term, such as title: kubernetes", 0)
    return tuple(terms)


def _term(found: re.Match[str]) -> Term:
    field, value, at = (found["field"] or ANYWHERE).lower(), found["value"], found.start("value")
    if field not in (*NAMES, *TEXTS, ANYWHERE):
        known = (*TEXTS, *NAMES)
        raise MatchError(
            f"there is no field {field!r}{nearest(field, known)}: {', '.join(known)}", found.start("field")
        )
    if not value or (value.endswith(":") and value[:-1] in (*NAMES, *TEXTS)):
        raise MatchError(f"a value is missing after {value or found.group().strip()}", at)
    negated = bool(found["minus"]) != bool(found["inner"])
    return Term(field, negated, f"{'-' if negated else ''}{value}", _source(value, at, whole=field in NAMES))


def _source(value: str, at: int, *, whole: bool) -> str:
    """Return RE2 for a value: a /regex/i, a "phrase", or a word or glob."""
    if value.startswith("/"):
        return _regex(value, at)
    if value.startswith('"'):
        words = value[1:-1].split() if len(value) > 1 else []
        if not words:
            raise MatchError('a phrase stands in quotes: "service mesh"', at)
        body = r"\s+".join(map(_literal, words))
        first, last = words[0][0], words[-1][-1]
    else:
        body = "".join(_wild(char, whole) for char in value)
        first, last = value[0], value[-1]
    if whole:
        return f"(?is)^({body})$"
    before = f"(?:^|{_BORDER})" if _needs_border(first) else ""
    after = f"(?:$|{_BORDER})" if _needs_border(last) else ""
    return f"(?i){before}({body}){after}"


def _regex(value: str, at: int) -> str:
    body, _, flags = value[1:].rpartition("/")
    if not body or flags not in ("", "i"):
        raise MatchError("a regular expression stands between slashes, with i behind it or nothing: /v1[.]1[78]/i", at)
    _compiled(f"{'(?i)' if flags else ''}{body}", at)  # By itself: in a group, `a)(b` would do.
    return f"{'(?i)' if flags else ''}({body})"


def _wild(char: str, whole: bool) -> str:
    """Return RE2 for a character of a word: * is any number of others, ? is one; in running text within a word."""
    others = "." if whole else r"\S"
    return {"*": f"{others}*", "?": others}.get(char) or _literal(char)


def _literal(text: str) -> str:
    return re.escape(_plain(text))


def _plain(text: str) -> str:
    """Return text with its compatibility forms made plain (full-width letters), and nothing that is not UTF-8."""
    return unicodedata.normalize("NFKC", text).encode("utf-8", "replace").decode()


def _needs_border(char: str) -> bool:
    """Tell whether a word that begins or ends so begins or ends where letters do; Chinese has no such borders."""
    return (char.isalnum() or char == "_") and not unicodedata.name(char, "").startswith(_CJK)


@cache
def _compiled(source: str, at: int = 0) -> Any:
    import re2

    try:
        return re2.compile(source, _options())
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise MatchError(f"RE2 cannot compute this: {reason}", at) from None


def _options() -> Any:
    import re2  # 11 ms, for those who have rules

    options = re2.Options()
    options.log_errors = False
    return options


class Sieve:
    """Terms of one field, asked all at once: one pass over a text tells which of them find something in it."""

    def __init__(self, terms: Iterable[Term]) -> None:
        import re2

        options = _options()
        options.max_mem = _MEMORY
        self._sources = ("", *dict.fromkeys(term.source for term in terms))
        self._match: Callable[[str], Sequence[int]] = lambda _: ()
        together = re2.Set.SearchSet(options)
        for source in self._sources:
            together.Add(source)
        with suppress(re2.error):  # Too large together, they are asked one by one.
            together.Compile()
            self._match = together.Match

    def sift(self, values: Iterable[str]) -> frozenset[str]:
        """Return the sources of the terms that find something in these values."""
        return frozenset(source for value in values for source in self._sift(value))

    def _sift(self, value: str) -> Iterable[str]:
        text = value if value.isascii() else _plain(value)
        found = self._match(text)
        # The first one is found in every text. If it is not, the pass had no room for all of them, and gave up.
        if 0 in found:
            return [self._sources[each] for each in found]
        return [source for source in self._sources if _compiled(source).search(text)]
