"""Forwarding journals to real servers."""
