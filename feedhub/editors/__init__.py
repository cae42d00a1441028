"""The desk: what editors do with stories. Each act is one short transaction that changes rows and records the act."""
