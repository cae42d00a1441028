"""Bytes in, documents out: pure. The reference is feedparser; JSON Feed is read here, since feedparser has none of it.

A kind of source is two functions, what to ask for and how to read what is answered; `sources` chooses by kind.
"""
