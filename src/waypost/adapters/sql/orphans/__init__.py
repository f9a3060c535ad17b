"""Visits that belong to no link, in the main database."""
