"""Character sets: what a document declares, what it is when it declares nothing, what is not taken for another."""

import codecs

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feedhub.model.feed import Response
from feedhub.reading import encodings, feeds

URL = "https://a.example/feed"


def rss(title: str, declaration: str = "") -> str:
    return (
        f'{declaration}<rss version="2.0"><channel><title>A</title><item><title>{title}</title></item></channel></rss>'
    )


def title(body: bytes, kind: str = "text/xml") -> str | None:
    """Return the title of the entry of a document."""
    (entry,) = feeds.read(Response(200, URL, {"content-type": kind}, body)).entries
    return entry.title


WRITTEN = {
    "Simplified Chinese": ("gbk", "云原生生态周报", "服务网格与微服务架构的演进之路", "Kubernetes 1.17 发布", "开源"),
    "rare characters of it": ("gb18030", "镕基与喆的开源服务器", "𠮷野家的微服务"),
    "Traditional Chinese": ("big5", "雲原生生態週報", "開放原始碼軟體的發展趨勢"),
    "Japanese on Windows": ("shift_jis", "クラウドネイティブ週報", "日本語のテスト"),
    "Japanese on Unix": ("euc-jp", "クラウドネイティブ週報", "東京都は新型の対策を発表しました。"),
    "Korean": ("euc-kr", "클라우드 네이티브 주간 소식", "오늘의 뉴스입니다"),
    "Russian on Windows": ("windows-1251", "Новости облачных технологий", "Привет, мир"),
    "Russian on Unix": ("koi8-r", "Новости облачных технологий", "Москва"),
    "Greek": ("windows-1253", "Νέα από την Ελλάδα",),
    "Hebrew": ("windows-1255", "שלום עולם",),
    "Arabic": ("windows-1256", "أخبار اليوم",),
    "Thai": ("cp874", "สวัสดีชาวโลก",),
    "Polish": ("windows-1250", "Zażółć gęślą jaźń",),
    "Turkish": ("windows-1254", "Türkiye'de bugün şarkı söyleyen çocuklar",),
    "French": ("windows-1252", "Café à la crème – naïve", "l’été à Paris, déjà vu", "naïve"),
    "German": ("windows-1252", "Über den Wolken: „Größe“", "Größe und Maße"),
    "Spanish": ("windows-1252", "¿Qué pasa?", "Niños"),
    "Portuguese": ("latin-1", "São Paulo: ação",),
    "Danish": ("latin-1", "Ærø Øst",),
    "English": ("windows-1252", "It’s “ok” – 5 € … ©", "£5 ± 1"),
}  # fmt: skip
CASES = [(encoding, text) for encoding, *texts in WRITTEN.values() for text in texts]


@pytest.mark.parametrize(("encoding", "text"), CASES, ids=[text for _, text in CASES])
def test_what_declares_nothing_is_read_as_what_it_is(encoding, text):
    """A false guess on Western text would be worse than none: it is Windows-1252, as for feedparser."""
    assert title(rss(text).encode(encoding)) == text


DECLARED = {
    "in the document": ("", '<?xml version="1.0" encoding="{}"?>'),
    "by the server": ("application/xml; charset={}", ""),
    "by the server, of a text": ("text/xml;charset='{}'", ""),
}


@pytest.mark.parametrize(("kind", "declaration"), DECLARED.values(), ids=DECLARED)
@pytest.mark.parametrize("encoding", ["gb2312", "big5", "shift_jis", "euc-kr", "koi8-r", "iso-8859-1"])
def test_what_declares_something_is_believed(encoding, kind, declaration):
    """Even where its bytes look like another language."""
    body = rss("x", declaration.format(encoding)).encode() + "<!-- 中文 -->".encode("gbk")
    answer = Response(200, URL, {"content-type": kind.format(encoding)}, body)

    assert encodings.decoded(answer) is answer


CAFE = "Café à la crème – naïve"
LABELS = {
    "the server says Latin-1, the document UTF-8, which it is": ("utf-8", "utf-8", "text/xml; charset=iso-8859-1"),
    "the document says ASCII, and is UTF-8": ("us-ascii", "utf-8", ""),
    "the document says UTF-8, and is Windows-1252": ("utf-8", "windows-1252", ""),
    "the document says and is Windows-1252": ("windows-1252", "windows-1252", "application/rss+xml"),
    "UTF-16 with a byte-order mark": ("utf-16", "utf-16", "application/rss+xml"),
    "text/xml, which once meant ASCII": ("utf-8", "utf-8", "text/xml"),
    "a character set that nobody knows": ("x-klingon", "utf-8", "application/rss+xml; charset=x-klingon"),
}  # fmt: skip


@pytest.mark.parametrize(("declared", "encoding", "kind"), LABELS.values(), ids=LABELS)
def test_P03_labels_that_are_wrong(declared, encoding, kind):
    body = rss(CAFE, f'<?xml version="1.0" encoding="{declared}"?>\n').encode(encoding)

    assert title(body, kind) == CAFE


@pytest.mark.parametrize(
    "kind", ["text/html", "text/plain", "image/png", "", ";;;=\t", "application/json", "x/y; charset="]
)
def test_P02_the_type_of_an_answer_does_not_matter(kind):
    assert title(rss("A title").encode(), kind) == "A title"


CHINESE = "云原生生态周报，服务网格与微服务"
BROKEN = {
    "a text that a program cut by bytes": (CHINESE.encode()[:-1], CHINESE[:-1] + "\N{REPLACEMENT CHARACTER}"),
    "stray bytes in it": (b"\xff" + CHINESE.encode(), "\N{REPLACEMENT CHARACTER}" + CHINESE),
    "blank lines and a byte-order mark before it": (b"\n A title", "A title"),
}


@pytest.mark.parametrize(("said", "text"), BROKEN.values(), ids=BROKEN)
def test_one_broken_character_does_not_break_the_others(said, text):
    """UTF-8 stays UTF-8: feedparser would take the whole for Windows-1252."""
    body = codecs.BOM_UTF8 + b"\n\n" + rss("@", '<?xml version="1.0" encoding="utf-8"?>').encode().replace(b"@", said)

    assert title(body) == text


@given(st.binary(max_size=300) | st.text(min_size=1).map(lambda text: text.encode("gb18030", "ignore")))
@example(b"\x80")
@example(b"\xff" * 9)
@example(b"<?xml encoding='" + b"\xe9" * 9)
def test_any_bytes_are_decoded_or_left(body):
    """What was decoded is UTF-8, and so is never decoded again."""
    found = encodings.decoded(Response(200, URL, {}, body))

    assert encodings.decoded(found) == found
    assert found.body == body or found.body.decode()
