"""Passwords that visitors of links need."""
