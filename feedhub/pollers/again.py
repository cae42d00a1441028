"""Whether a poll has anything to look at again: all that a quiet one asks. The looking itself is in watching."""

from collections.abc import Sequence
from datetime import datetime

from feedhub.model.hub import Hub
from feedhub.pollers.recording import Done
from feedhub.store import dues
from feedhub.store.connection import Database


def is_due(db: Database, hub: Hub, done: Sequence[Done], now: datetime) -> bool:
    """Tell whether polls brought anything, or something of what is published or followed is to be looked at."""
    if any(one.counts.new or one.counts.changed or one.counts.gone for one in done):
        return True
    return dues.is_due(db, now, now.astimezone(hub.newsletter.timezone).date())
