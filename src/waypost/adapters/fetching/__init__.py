"""Fetching pages of others."""
