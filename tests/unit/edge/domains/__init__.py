"""Domains at the edge, over memory backends."""
