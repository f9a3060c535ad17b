"""Titles: of pages, and from which addresses."""
