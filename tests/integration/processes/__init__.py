"""Whole processes, and what they share."""
