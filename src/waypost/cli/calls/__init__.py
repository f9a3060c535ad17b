"""Calls of a running server over HTTP, for commands of all groups."""
