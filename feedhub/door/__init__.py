"""The one door out: nothing else in feedhub connects to anything. `visit` is the whole of it."""

from feedhub.door.http import visit
from feedhub.door.limits import Limits

__all__ = ["Limits", "visit"]
