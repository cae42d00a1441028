"""Secrets in addresses and headers: kept in the environment or in db/secrets.env, revealed to the door alone.

In feeds.yaml `$NAME` stands for a secret. One that stands there in the clear is taken out when the file is read, so
that nothing behind can print or store it; what servers say back is hidden.
"""

import itertools
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from feedhub.errors import ConfigurationError, UsageError
from feedhub.text.addresses import SECRETS

_NAME = re.compile(r"\$([A-Z_][A-Z0-9_]*)")
_LINE = re.compile(r"(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*=\s*(.*)")
_IN_HEADER = re.compile(r"[\x21-\x7e]+")
_SAFE_IN_ADDRESS = "-._~!'()*,;:%+="
_SHORTEST_TO_HIDE = 4
_NONE: Mapping[str, str | None] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the names stand for."""

    values: Mapping[str, str] = field(repr=False)

    def reveal(self, address: str) -> str:
        """Return an address with its secrets in it; raise UsageError when a name stands for nothing."""
        return _NAME.sub(self._value, address)

    def reveal_in_header(self, value: str) -> str:
        """Return a header with its secrets in it, as they are; UsageError for a name or a value that cannot be used."""
        return _NAME.sub(self._word, value)

    def hide(self, text: str, address: str = "") -> str:
        """Return a text with the names in place of what they stand for; of two for the same, that of the address."""
        # In one pass, the longest first: no secret is looked for in the name of another one.
        own = names_in(address)
        names = sorted(self.values, key=lambda name: name in own)
        forms = {form: name for name in names for form in _forms(self.values[name])}
        if not forms:
            return text
        every = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
        return re.sub(every, lambda found: f"${forms[found.group()]}", text)

    def hide_in(self, body: bytes, address: str) -> bytes:
        """Return what a server said without the secrets of the address that it was asked by.

        Only where they stand as they do in an address, as in a link to itself: a password may be any word.
        """
        for found in SECRETS.finditer(address):
            named = _NAME.fullmatch(found["value"])
            before, after = (
                (found["before"].lstrip("?&"), "") if "=" in found["before"] else (f"//{found['before']}", "@")
            )
            for form in _forms(self.values.get(named[1], "")) if named else ():
                body = body.replace(f"{before}{form}{after}".encode(), f"{before}{found['value']}{after}".encode())
        return body

    def hide_of_header(self, body: bytes, value: str) -> bytes:
        """Return what a server said without the secrets of a header: tokens are no words of any text."""
        for name in names_in(value):
            for form in _forms(self.values.get(name, "")):
                body = body.replace(form.encode(), f"${name}".encode())
        return body

    def _value(self, found: re.Match[str]) -> str:
        return _quoted(self._known(found.group(1)))

    def _word(self, found: re.Match[str]) -> str:
        value = self._known(found.group(1))
        if not _IN_HEADER.fullmatch(value):
            raise UsageError(f"${found.group(1)} is empty, or has blanks or characters in it that no token has")
        return value

    def _known(self, name: str) -> str:
        if name not in self.values:
            raise UsageError(f"${name} is neither in the environment nor in db/secrets.env")
        return self.values[name]


def load(path: Path, environment: Mapping[str, str], tucked: Mapping[str, str], addresses: str) -> Secrets:
    """Return the secrets that some addresses name: as feeds.yaml has them in the clear, else from outside, the file."""
    wanted = set(names_in(addresses))
    known = {**(kept(path) if wanted - tucked.keys() else {}), **environment, **tucked}
    return Secrets({name: known[name] for name in sorted(wanted) if name in known})


def tuck(address: str, feed: str, known: Mapping[str, str | None] = _NONE) -> tuple[str, dict[str, str]]:
    """Return an address with names in place of its secrets, and what they stand for.

    A name that is known already, or stands in the address, is not given to another secret; None: nobody says for what
    it stands.

    >>> tuck("https://ann:s3cr3t@a.example/feed?page=1", "a-blog")
    ('https://ann:$A_BLOG_SECRET@a.example/feed?page=1', {'A_BLOG_SECRET': 's3cr3t'})
    """
    base = re.sub(r"[^A-Z0-9]+", "_", feed.upper()).strip("_")
    base = f"{'' if base[:1].isalpha() else 'FEED_'}{base}_SECRET"
    taken = {**dict.fromkeys(names_in(address)), **known}
    found: dict[str, str] = {}

    def name(secret: re.Match[str]) -> str:
        before, value = secret.group("before"), secret.group("value")
        if _NAME.fullmatch(value):
            return secret.group()
        names = (base if turn == 1 else f"{base}_{turn}" for turn in itertools.count(1))
        called = next(name for name in names if taken.get(name, value) == value)
        found[called] = taken[called] = value
        return f"{before}${called}"

    return SECRETS.sub(name, address), found


def names_in(text: str) -> list[str]:
    """Return the names of secrets that stand in a text."""
    return _NAME.findall(text)


def keep(path: Path, secrets: Mapping[str, str]) -> None:
    """Add secrets to the file, or put them in place of those with the same names; nobody else may read it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not ((found := _LINE.fullmatch(line.strip())) and found[1] in secrets)]
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write("".join(f"{line}\n" for line in [*kept, *(f"{name}={value}" for name, value in secrets.items())]))
    path.chmod(0o600)


def kept(path: Path) -> dict[str, str]:
    """Return all that the file has; ConfigurationError when others may read it."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from error
    if mode & 0o077:
        raise ConfigurationError(str(path), f"others may read your secrets; mend it with: chmod 600 {path}")
    found = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
    return {line[1]: line[2].strip("\"'") for line in found if line}


def _forms(value: str) -> tuple[str, ...]:
    """Return how a secret may be written in a text; one that is too short stands for too much else."""
    return (value, _quoted(value)) if len(value) >= _SHORTEST_TO_HIDE else ()


def _quoted(value: str) -> str:
    return quote(value, safe=_SAFE_IN_ADDRESS)
