"""Addresses as feeds have them, and worse: what laws about them are tried on."""

from hypothesis import strategies as st

from feedhub.text import sites

ANY = st.text(st.characters(), max_size=30)

HOSTS = st.sampled_from(
    "a.example www.a.example www.www.a.example A.EXAMPLE. bücher.example xn--bcher-kva.example 127.0.0.1 0x7f.1 "
    "[::1] [2001:DB8::1] localhost www.www. user@a.example a:b@a.example a..example 例子.example".split()
)
PIECES = st.text(st.sampled_from("aZ~-%234fF76e&=?#;+./:@!$'()* \t\\é云|^{}[]<>\"`"), max_size=12) | st.sampled_from(
    "index.html x/index.html x/index.html/ index.html/index.php utm_source=x&b=2&a=1 %75tm_source=x &&a&&".split()
)
URLS = st.builds(
    "{}://{}{}/{}?{}#{}".format,
    st.sampled_from(["http", "https", "HTTP", "ftp", "feed"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080", ":0", ":99999", ":"]),
    PIECES,
    PIECES,
    PIECES,
)
"""Addresses as feeds have them, and worse."""

SITES = st.builds(
    "https://{}/{}{}".format,
    st.sampled_from(
        "www. amp.a.example github.com medium.com a.medium.com youtube.com youtu.be reddit.com redd.it google.de "
        "docs.google.com groups.google.com mp.weixin.qq.com a.blogspot.de en.m.wikipedia.org a.sched.com twitter.com "
        "feeds.feedburner.com blog.csdn.net a-b.cdn.ampproject.org nytimes.com".split()
        + list(sites.SAME)
    ),
    st.lists(
        st.sampled_from(
            "s amp 2019 12 a-b-c-0f1e2d3c4b5a p watch embed HvPHqi7i48c comments abc d topic g forum index.html url c "
            "1R2r1z5O4USpn3BW29-4blCo edit status ~r ~3 event 67f2 article details x.amp.html m wiki X www. %2e".split()
        ),
        max_size=6,
    ).map("/".join),
    st.sampled_from(
        "?v=HvPHqi7i48c&t=9s&list=1 ?__biz=a%3D%3D&mid=1&idx=2&sn=3 ?q=https%3A%2F%2Famp.a.example%2F12345%2Famp "
        "?source=---&ref=b.example&amp;amp=1 #readme #!topic/a/b ?url=http://youtu.be/HvPHqi7i48c ?usp=x#gid=1".split()
    )
    | st.just(""),
)
"""Addresses at sites that have rules of their own, whether these fit or not."""
