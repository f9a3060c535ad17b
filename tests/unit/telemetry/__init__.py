"""Logging, metrics and request ids by themselves."""
