"""An edition as JSON: the frozen source itself, so that the published past can be rebuilt from output/ alone."""

import json

from feedhub.model.issue import Edition
from feedhub.model.written import to_json

FORMAT = "feedhub edition 1"


def render(edition: Edition) -> bytes:
    """Return edition.json."""
    return (json.dumps({"format": FORMAT, **to_json(edition)}, ensure_ascii=False, indent=2) + "\n").encode()
