"""Freeze, render, write: from the open issue to the files that readers get."""
