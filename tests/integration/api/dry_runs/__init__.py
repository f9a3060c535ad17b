"""Dry runs of calls of the API."""
