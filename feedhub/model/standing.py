"""How a story stands: what editors and rules decided about it, as the store keeps it."""

from dataclasses import dataclass

CLOSED = ("dropped", "published")
"""The states that news brings a story back from."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was decided about a story; its times are as model.written writes them, and compare as such."""

    first_seen: str
    state: str = "new"
    """What an editor made of it: new (nothing yet), shortlisted, picked, dropped; or published."""
    reason: str | None = None
    decided_by: str | None = None
    decided_at: str | None = None
    news_at: str | None = None
    """When an entry joined it after it was dropped or published."""
    hidden: str | None = None
    hidden_by: str | None = None
    backlog: int = 0
    score: int = 0
    section: str | None = None

    @property
    def seen_as(self) -> str:
        """Where it is found: with news it is new again, whatever was decided before."""
        if self.state in CLOSED:
            return "new" if self.news_at else self.state
        if self.state != "new":
            return self.state
        if self.hidden is not None:
            return "hidden"
        return "backlog" if self.backlog else "new"
