"""Readers of a journal: for the count, for the forwarder, and for a look at it."""
