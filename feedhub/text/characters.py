"""Characters: what may be stored, what may go to a terminal, how wide it is there, how Chinese is searched."""

import re
import unicodedata

# XML 1.0 section 2.2 allows none of these in any document; half a surrogate pair cannot be written as UTF-8.
# C1 is allowed, and in a terminal does what ESC does.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORBIDDEN_BYTES = bytes(byte for byte in (*range(32), 127) if byte not in b"\t\n\r")
_C1 = re.compile(b"\xc2[\x80-\x9f]")

# C0, DEL and C1 drive terminals (ESC, CSI, OSC); the bidi controls of UAX 9 make a line read as another one.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROLS_BUT_LINES = re.compile(_CONTROLS.pattern.replace("\x00-\x1f", "\x00-\x08\x0b-\x1f"))

_CJK_RUN = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+"
)

_JOINER = "\N{ZERO WIDTH JOINER}"
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """Return the text without what no XML document may hold, or what drives a terminal."""
    return text if _is_storable(text) else _FORBIDDEN.sub("", text)


def _is_storable(text: str) -> bool:
    """Tell whether there is nothing to take out, in a tenth of the time that looking for it one by one takes."""
    if len(text) < 100 and text.isprintable():
        return True
    try:
        written = text.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return False
    if len(written.translate(None, _FORBIDDEN_BYTES)) < len(written):
        return False
    return text.isascii() or not (b"\xef\xbf\xbe" in written or b"\xef\xbf\xbf" in written or _C1.search(written))


def one_line(text: str) -> str:
    r"""Return fetched text as one line that a terminal can show and not obey.

    >>> one_line("a\x1b[31m b\n\tc")
    'a�[31m b c'
    """
    return _CONTROLS.sub(_REPLACEMENT, " ".join(text.split()))


def lines(text: str) -> str:
    """Return fetched text for a terminal, with its line breaks and tabs."""
    return _CONTROLS_BUT_LINES.sub(_REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def escape_controls(text: str) -> str:
    """Return JSON with all that drives a terminal written as escapes; it reads back as the same."""
    return _CONTROLS.sub(lambda control: f"\\u{ord(control.group()):04x}", text)


def fold(title: str) -> str:
    """Return a title as it is compared: compatibility forms, case and white space do not count.

    >>> fold("Kubernetes  1.17: Ｓtability ")
    'kubernetes 1.17: stability'
    """
    return " ".join(unicodedata.normalize("NFKC", title).casefold().split())


def bigrams(text: str) -> str:
    """Return text with its Chinese, Japanese and Korean runs cut into overlapping pairs, for a word index.

    FTS5's unicode61 takes a whole run for one word, and its trigrams miss words of two characters, which most are.

    >>> bigrams("用 eBPF 做服务网格")
    '用 eBPF 做服 服务 务网 网格'
    """
    if text.isascii() or not _CJK_RUN.search(text):
        return text
    return " ".join(_CJK_RUN.sub(_pairs, text).split())


def _pairs(run: re.Match[str]) -> str:
    word = run.group()
    pairs = " ".join(word[start : start + 2] for start in range(max(1, len(word) - 1)))
    return f" {pairs} "


def width(text: str) -> int:
    """Return how many columns a terminal needs for one line of text."""
    from wcwidth import wcswidth  # 60 ms to import

    return max(0, wcswidth(text))


def fit(text: str, columns: int) -> str:
    """Cut or pad one line of text to exactly so many columns; what is cut ends in an ellipsis.

    >>> fit("云原生周报", 6), fit("ab", 4)
    ('云原… ', 'ab  ')
    """
    text = text.rstrip(_JOINER)  # It would join what stands beside the cell.
    if width(text) <= columns:
        return text + " " * (columns - width(text))
    kept = _cut(text, columns - 1)
    return kept + "…" + " " * (columns - 1 - width(kept))


def shorten(text: str, columns: int) -> str:
    """Cut one line of text to at most so many columns."""
    return text if width(text) <= columns else _cut(text, columns - 1) + "…"


def _cut(text: str, columns: int) -> str:
    from wcwidth import iter_graphemes

    kept, used = [], 0
    for grapheme in iter_graphemes(text):
        used += width(grapheme)
        if used > columns:
            break
        kept.append(grapheme)
    return "".join(kept).rstrip(_JOINER)
