"""Titles of targets, fetched in the background."""
