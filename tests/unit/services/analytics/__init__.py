"""Enrichment: each step, and all of them together."""
