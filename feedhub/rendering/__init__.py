"""Editions in, bytes out. No renderer looks at a clock: the same edition gives the same bytes."""
