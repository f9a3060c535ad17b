"""Fetching titles, over real connections."""
