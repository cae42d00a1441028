"""What a visit may cost, and who may be visited."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the way out; `deadline` in seconds, `max_body` in decoded bytes."""

    user_agent: str
    allow: frozenset[str] = frozenset()
    deadline: float = 30.0
    max_body: int = 16 * 1024 * 1024
    per_host: int = 2
    connections: int = 64
    proxy: str | None = None
