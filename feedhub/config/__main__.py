"""Print the JSON Schema of feeds.yaml."""

import json
import sys

from feedhub.config import schema

sys.stdout.write(json.dumps(schema(), ensure_ascii=False, indent=2) + "\n")
