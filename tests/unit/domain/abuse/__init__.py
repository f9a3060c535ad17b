"""Blocklists and patterns."""
