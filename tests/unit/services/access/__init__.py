"""Recognising keys."""
