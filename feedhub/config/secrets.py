"""Secrets in addresses: kept in the environment or in db/secrets.env, revealed to the door alone, hidden from all else.

In feeds.yaml `$NAME` stands for a secret. One that stands there in the clear is taken out when the file is read, so
that nothing behind can print or store it.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from feedhub.errors import ConfigurationError, UsageError
from feedhub.text.addresses import SECRETS

_NAME = re.compile(r"\$([A-Z_][A-Z0-9_]*)")
_LINE = re.compile(r"(?:export\s+)?([A-Z_][A-Z0-9_]*)\s*=\s*(.*)")
_SAFE_IN_ADDRESS = "-._~!'()*,;:%+="
_SHORTEST_TO_HIDE = 4


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the names stand for."""

    values: Mapping[str, str] = field(repr=False)

    def reveal(self, address: str) -> str:
        """Return an address with its secrets in it; raise UsageError when a name stands for nothing."""
        return _NAME.sub(self._value, address)

    def hide(self, text: str) -> str:
        """Return a text with the names in place of what they stand for."""
        for name, value in sorted(self.values.items(), key=lambda pair: -len(pair[1])):
            for form in (value, _quoted(value)) if len(value) >= _SHORTEST_TO_HIDE else ():
                text = text.replace(form, f"${name}")
        return text

    def _value(self, found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in self.values:
            raise UsageError(f"${name} is neither in the environment nor in db/secrets.env")
        return _quoted(self.values[name])


def load(path: Path, environment: Mapping[str, str], tucked: Mapping[str, str], addresses: str) -> Secrets:
    """Return the secrets that some addresses name: from the environment, else from the file, else from feeds.yaml."""
    wanted = set(_NAME.findall(addresses))
    known = {**tucked, **(_read(path) if wanted - tucked.keys() else {}), **environment}
    return Secrets({name: known[name] for name in sorted(wanted) if name in known})


def tuck(address: str, feed: str) -> tuple[str, dict[str, str]]:
    """Return an address with names in place of its secrets, and what they stand for.

    >>> tuck("https://ann:s3cr3t@a.example/feed?page=1", "a-blog")
    ('https://ann:$A_BLOG_SECRET@a.example/feed?page=1', {'A_BLOG_SECRET': 's3cr3t'})
    """
    base = re.sub(r"[^A-Z0-9]+", "_", feed.upper()).strip("_")
    base = f"{'' if base[:1].isalpha() else 'FEED_'}{base}_SECRET"
    found: dict[str, str] = {}

    def name(secret: re.Match[str]) -> str:
        before, value = secret.group("before"), secret.group("value")
        if _NAME.fullmatch(value):
            return secret.group()
        known = next((name for name, other in found.items() if other == value), None)
        called = known or (f"{base}_{len(found) + 1}" if found else base)
        found[called] = value
        return f"{before}${called}"

    return SECRETS.sub(name, address), found


def keep(path: Path, secrets: Mapping[str, str]) -> None:
    """Add secrets to the file, or put them in place of those with the same names; nobody else may read it."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not ((found := _LINE.fullmatch(line.strip())) and found[1] in secrets)]
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as stream:
        stream.write("".join(f"{line}\n" for line in [*kept, *(f"{name}={value}" for name, value in secrets.items())]))
    path.chmod(0o600)


def _read(path: Path) -> dict[str, str]:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(str(path), f"cannot be read: {error}") from error
    if mode & 0o077:
        raise ConfigurationError(str(path), "others may read your secrets; mend it with: chmod 600")
    found = (_LINE.fullmatch(line.strip()) for line in text.splitlines())
    return {line[1]: line[2].strip("\"'") for line in found if line}


def _quoted(value: str) -> str:
    return quote(value, safe=_SAFE_IN_ADDRESS)
