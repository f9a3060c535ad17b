"""Visits of links, on the command line."""
