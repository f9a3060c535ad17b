"""Writes the reference pages from the code: one source of truth for each fact."""
