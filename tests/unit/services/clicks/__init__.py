"""Forwarding and counting clicks."""
