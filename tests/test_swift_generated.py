"""Documents that hypothesis makes up or breaks: the swift way reads from them what feedparser reads, or nothing."""

from hypothesis import event, given, settings
from hypothesis import strategies as st
from test_reading import TYPES, mutants
from test_swift import check

from feedhub.reading.swift.entries import ENTRY, FEED
from feedhub.reading.swift.names import ODD

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "odd": "https://odd.example/ns",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


TEXTS = [
    "", " ", "plain", "  on\n two lines ", "AT&amp;T &lt;b>bold&lt;/b>", "a &amp;copy; b", "a &amp;bogus; b",
    "<![CDATA[<p>a & b</p>]]>", "<![CDATA[ x ]]> y", "a<!-- no -->b", "Ã©tÃ©", "été", "\x93quoted\x94", "&#146;",
    "周报 &#8217;", "a@b.example (Ann)", "Ann", "x, y", "3", "hourly", "5 &lt; 6",
]  # fmt: skip
LINKS = [
    "https://a.example/1", "/rel?a=1&amp;b=2", "//b.example/x;y", "HTTP://A.example/%7Ex", "\nhttps://a.example/2 ",
    "mailto:x@y.example", "tag:a.example,2019:1", "http:///three", "http://[bad", "https://a.example/?q=1#",
    "../up", "https://例子.example/",
]  # fmt: skip
DATES = ["Mon, 09 Dec 2019 10:11:12 +0800", "2019-12-09T10:11:12Z", "2019-12-09", "soon"]
XHTML = [
    "<xhtml:div>a<xhtml:br/>b &amp; c</xhtml:div>", "\n<div><p>x</p><!-- no --></div> ", "<p>in</p><p>out</p>", "bare",
    '<xhtml:div xml:lang="fr"> <xhtml:p Class="A" title="&lt;&quot;&amp;">x</xhtml:p></xhtml:div>', "<div>a</div> tail",
]  # fmt: skip
PERSONS = [
    "<name>Ann</name>", "<name> Bob</name> <email>b@b.example</email><uri>/bob</uri>", "<email>c@c.example</email>",
    "<name>Dé</name><odd:x/>", "", "Eve", "f@f.example (Fay)", "<itunes:name>Gus</itunes:name>",
]  # fmt: skip
OTHERS = [
    '<foo a="1">x</foo>', "<odd:a><odd:b>1</odd:b></odd:a>", "<slash:comments>3</slash:comments>",
    "<media:group><media:title>clip</media:title><media:description>of it</media:description></media:group>",
    '<media:content url="https://a.example/m.mp4" type="Video/MP4" fileSize="9"/>',
    "<image><url>https://a.example/i</url><title>picture</title><link>/i</link></image>", "<image>x</image>",
    '<source url="/s">Source</source>', "<source><title>s</title><id>urn:s</id><link href='/t'/></source>",
    '<itunes:category text="Arts"><itunes:category text="Books"/></itunes:category>', "<language>en</language>",
    '<enclosure url="/e.mp3" length="12" type="audio/mpeg"/>', '<enclosure url=""/>', "<ttl>60</ttl>",
    "<sy:updatePeriod>daily</sy:updatePeriod>", "<sy:updateFrequency>2</sy:updateFrequency>", "<language>fr</language>",
    '<link rel="hub" href="https://h.example/"/>', '<link rel="enclosure" href="/f.mp3"/>', "<ttl/>",
    '<site xmlns="urn:odd">3</site>', '<a10:updated xmlns:a10="http://www.w3.org/2005/Atom">2019-12-09</a10:updated>',
    "<itunes:owner><itunes:name>O</itunes:name></itunes:owner>", "<textInput><title>t</title><name/></textInput>",
]  # fmt: skip
USUAL = [
    ("title description summary content rights subtitle dc:title dc:description itunes:summary content:encoded "
     "atom:content media:title media:description", ["", ' type="html"', ' type="text"', ' xml:lang="de_AT"'], TEXTS),
    ("title summary content rights", [' type="xhtml"', ' type="xhtml" xml:base="/sub/"'], XHTML),
    ("link id guid", ["", ' isPermaLink="false"', ' xml:base="https://c.example/d/"'], LINKS),
    ("link atom:link", [f' href="{link}"{rel}' for link in LINKS for rel in ("", ' rel="self"', ' type="x/y"')], [""]),
    ("author contributor dc:creator dc:contributor itunes:author managingEditor atom:author", [""], PERSONS),
    ("published updated pubDate dc:date dcterms:modified issued modified lastBuildDate", [""], DATES),
    ("category dc:subject keywords", ["", ' domain="d"', ' term="go" scheme="https://a.example/s" label="Go"'], TEXTS),
    ("itunes:keywords media:keywords media:category media:thumbnail generator comments", [""], TEXTS),
]  # fmt: skip
ATTRIBUTES = [
    'type="image/png"', 'lang=""', 'rel="Hub"', 'href="/linked"', 'href=""', 'url="https://a.example/e.mp3"', 'uri="u"',
    'odd:type="html"', 'odd:x="1"', 'media:type="x"', 'mode="base64"', 'version="2.0"', 'lastmod="2019-12-09"',
]  # fmt: skip
NAMES = [*ENTRY, *FEED, *ODD, "foo", "odd:thing", "odd:title", "xhtml:div", "div"]


def tagged(name: str, said: str, inner: str) -> str:
    return f"<{name}{said}>{inner}</{name}>"


@st.composite
def odd_elements(draw) -> str:
    """An element of any name, with attributes that mean something elsewhere, and anything in it."""
    name = draw(st.sampled_from(NAMES)).replace("_", ":", 1)
    prefix = name.partition(":")[0]
    said = draw(st.lists(st.sampled_from(ATTRIBUTES), max_size=2, unique_by=lambda one: one.split("=")[0]))
    inner = draw(st.sampled_from([*TEXTS, *LINKS, *XHTML, *PERSONS, *OTHERS]))
    known = ":" not in name or prefix in NAMESPACES
    return tagged(name if known else name.replace(":", "_"), "".join(f" {one}" for one in said), inner)


USUAL_ELEMENTS = st.sampled_from(
    [(name, said, inner) for names, attributes, inner in USUAL for name in names.split() for said in attributes]
).flatmap(lambda one: st.sampled_from(one[2]).map(lambda inner: tagged(one[0], one[1], inner)))
ELEMENTS = st.one_of(*[USUAL_ELEMENTS] * 6, *[st.sampled_from(OTHERS)] * 2, odd_elements())


SHAPES = [
    '<rss version="2.0"{names}{said}><channel>{first}<item{said}>{one}</item><item>{other}</item>'
    "{last}</channel></rss>",
    '<rss version="0.92"{names}><channel>{first}{last}</channel><item>{one}</item><item>{other}</item></rss>',
    '<feed xmlns="http://www.w3.org/2005/Atom"{names}{said}>{first}<entry>{one}</entry><entry{said}>{other}</entry>'
    "{last}</feed>",
    '<feed version="0.3" xmlns="http://purl.org/atom/ns#"{names}>{first}<entry>{one}</entry>{last}</feed>',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"{names}>'
    '<channel rdf:about="x">{first}</channel><item rdf:about="urn:1">{one}</item><item{said}>{other}</item></rdf:RDF>',
]


@st.composite
def documents(draw) -> str:
    """A document of one of the formats that the swift way reads, of elements that may well stand in it."""
    between = draw(st.sampled_from(["", "\n  "]))
    parts = {name: between.join(draw(st.lists(ELEMENTS, max_size=5))) for name in ("first", "one", "other", "last")}
    said = draw(st.sampled_from(["", ' xml:lang="en_US"', ' xml:base="https://base.example/x/"']))
    declaration = draw(st.sampled_from(["", '<?xml version="1.0" encoding="UTF-8"?>\n', "<?xml version='1.0'?>"]))
    return declaration + draw(st.sampled_from(SHAPES)).format(names=DECLARED, said=said, **parts)


@settings(max_examples=300, deadline=None)
@given(documents())
def test_documents_of_any_elements(body):
    """In any order, with any attributes, one in another: the swift way is unsure, or reads what feedparser reads."""
    event("swift" if check(body) else "left to feedparser")


@settings(max_examples=150, deadline=None)
@given(mutants(), TYPES)
def test_documents_that_were_broken(body, kind):
    """Cut, spliced, with pieces of others: never an exception but the one, and never something else."""
    check(body, kind)
