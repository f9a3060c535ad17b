"""Comparing links with blocklists."""
