"""Text for feeds to measure with: sentences, and HTML as weblogs have it. The same for the same random numbers."""

from functools import cache
from random import Random


class Prose:
    """Sentences in a language that nobody speaks, in the letters of one that many do."""

    def __init__(self, language: str) -> None:
        rng = Random(f"prose {language}")
        self.space, self.stop = ("", "。") if language == "zh" else (" ", ". ")
        if language == "zh":
            self.words = ["".join(_hanzi(rng) for _ in range(rng.choice((1, 2, 2, 3)))) for _ in range(3000)]
        else:
            vowels = "a e i o u ea ou" + (" é è à ç ô œ" if language == "fr" else "")
            self.words = [_word(rng, vowels.split()) for _ in range(3000)]
        self.sentences = [self.phrase(rng, 6, 22) + self.stop for _ in range(4000)]

    def phrase(self, rng: Random, least: int, most: int) -> str:
        """Return some words, common ones often."""
        picked = (self.words[int(3000 * rng.random() ** 2)] for _ in range(rng.randint(least, most)))
        return self.space.join(picked).capitalize()

    def text(self, rng: Random, size: float) -> str:
        """Return sentences of about so many bytes."""
        found, length = [], 0
        while length < size:
            found.append(rng.choice(self.sentences))
            length += len(found[-1]) * (1 if self.space else 3)
        return "".join(found)


def _hanzi(rng: Random) -> str:
    return chr(0x4E00 + int(5000 * rng.random() ** 2))


def _word(rng: Random, vowels: list[str]) -> str:
    parts = (
        rng.choice("b c d f g l m n p r s t st tr pl".split()) + rng.choice(vowels)
        for _ in range(rng.choice((1, 2, 2, 3)))
    )
    return "".join(parts) + rng.choice(("", "n", "r", "s", "nt", "ng"))


prose = cache(Prose)


def _paragraph(words: Prose, rng: Random) -> str:
    link = f'<a href="/tag/{rng.randint(1, 999)}">{rng.choice(words.words)}</a>'
    return f"<p>{words.text(rng, rng.randint(200, 800))} {link} &amp; <em>{rng.choice(words.words)}</em></p>"


def _list(words: Prose, rng: Random) -> str:
    return "<ul>" + "".join(f"<li>{words.text(rng, 60)}</li>" for _ in range(rng.randint(2, 6))) + "</ul>"


def _code(words: Prose, rng: Random) -> str:
    lines = (f"if {rng.choice(words.words)} &lt; {rng.randint(0, 99)} &amp;&amp; x:" for _ in range(rng.randint(3, 9)))
    return '<pre><code class="language-c">' + "\n  ".join(lines) + "</code></pre>"


def _image(words: Prose, rng: Random) -> str:
    return f'<p><img src="/images/{rng.randint(1, 9999)}.jpg" alt="{rng.choice(words.words)}" width="640"/></p>'


def _quote(words: Prose, rng: Random) -> str:
    return f"<h2>{words.phrase(rng, 2, 6)}</h2>\n<blockquote><p>{words.text(rng, 200)}</p></blockquote>"


def _dirt(words: Prose, rng: Random) -> str:
    return rng.choice(
        (
            "<script>track('page');</script>",
            '<iframe src="https://video.example/embed/1" width="560"></iframe>',
            f'<p onclick="alert(1)" style="color: #333">{words.text(rng, 80)}</p>',
            '<img src="https://pixel.example/1.gif" width="1" height="1"/>',
        )
    )


def html(words: Prose, rng: Random, size: float, is_dirty: bool) -> str:
    """Return a text in HTML of about so many bytes."""
    makers = [*[_paragraph] * 9, _list, _code, _image, _quote, *[_dirt] * is_dirty]
    parts, length = [], 0
    while length < size:
        parts.append(rng.choice(makers)(words, rng))
        length += len(parts[-1].encode())
    return "\n".join(parts)
