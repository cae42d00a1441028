"""What a feed is called that nobody named: after its title, or its host where the title has no Latin letters."""

import re
import unicodedata
from collections.abc import Container

from feedhub.text.addresses import host_of

_LONGEST = 40


def name_for(title: str | None, address: str, taken: Container[str]) -> str:
    """Return a name that no other feed has; `taken` are those in lower case.

    >>> name_for("Kubernetes Blog", "https://kubernetes.io/feed.xml", {"kubernetes-blog"})
    'kubernetes-blog-2'
    >>> name_for("云原生", "https://www.cloud.example/feed", ())
    'cloud.example'
    """
    base = _slug(title or "") or host_of(address).removeprefix("www.")
    base = re.sub(r"[^a-z0-9._-]+", "-", base).strip("._-")[:_LONGEST].strip("._-") or "feed"
    number = 1
    while (name := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return name


def _slug(text: str) -> str:
    """Return the Latin letters and digits of a text, joined by dashes; accents go, and so do lone leftovers."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return slug if len(slug) > 2 else ""
