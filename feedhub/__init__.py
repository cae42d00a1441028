"""Feeds in, one curated weekly out: poll, tell stories apart, edit, publish."""

__version__ = "0.1.0"
