"""Calls about many links on every store."""
