"""Figures of a poll for Prometheus, in its text format. The home of prometheus-client."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from feedhub.model.feed import FeedState


def render(states: Sequence[FeedState], poll: Mapping[str, float], outcomes: Mapping[str, int], now: datetime) -> bytes:
    """Return the figures: how feeds are, what the last poll did (`poll`: a number per name), when it was."""
    registry = CollectorRegistry()
    _labelled(registry, "feeds", "Feeds by their state", "state", Counter(state.state for state in states))
    _labelled(registry, "poll_visits", "Visits of the last poll by what came of them", "outcome", outcomes)
    for name, value in poll.items():
        Gauge(f"feedhub_poll_{name}", f"Of the last poll: {name.replace('_', ' ')}", registry=registry).set(value)
    when = Gauge("feedhub_poll_timestamp_seconds", "When the last poll began", registry=registry)
    when.set(now.timestamp())
    up = {state.feed.name: float(state.failing_since is None and state.gone_since is None) for state in states}
    _labelled(registry, "feed_up", "Whether the last visit to a feed went well", "feed", up)
    checked = {state.feed.name: state.checked.timestamp() for state in states if state.checked}
    _labelled(registry, "feed_checked_timestamp_seconds", "When a feed was visited last", "feed", checked)
    return bytes(generate_latest(registry))


def _labelled(registry: CollectorRegistry, name: str, about: str, label: str, values: Mapping[str, float]) -> None:
    gauge = Gauge(f"feedhub_{name}", about, [label], registry=registry)
    for each, value in sorted(values.items()):
        gauge.labels(each).set(value)
