"""Requests that no client of good will sends."""
