"""Caches of links, in one process and shared."""
