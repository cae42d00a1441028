"""Bytes in, documents out: pure. The reference is feedparser; JSON Feed is read here, since feedparser has none of it.

A kind of source is two functions, `first(state) -> Request` and `read(response) -> Document`; `feeds` is the first.
"""
