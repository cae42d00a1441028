"""The one door out: nothing else in feedhub connects to anything. `visit` is the whole of it."""

from feedhub.door.http import Limits, visit

__all__ = ["Limits", "visit"]
