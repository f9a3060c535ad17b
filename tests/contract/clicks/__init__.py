"""Contracts of what carries and counts clicks."""
