"""Clicks: forward them, count each exactly once, find those that are missing."""
