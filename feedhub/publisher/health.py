"""How the feeds do, as a feed of its own: editors see it in the reader that they use anyway."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from feedhub.model.feed import FeedState
from feedhub.model.hub import Hub
from feedhub.publisher import files
from feedhub.rules import health


def write(hub: Hub, states: Sequence[FeedState], path: Path, now: datetime) -> None:
    """Write the feed; the newest trouble first."""
    from feedhub.rendering import atom  # 0.1 s, for what seldom changes

    found = [trouble for state in states for trouble in health.troubles(state, now)]
    found.sort(key=lambda trouble: (trouble.since, trouble.feed), reverse=True)
    files.place(path.parent, path.name, atom.health(found, hub.newsletter, now))
