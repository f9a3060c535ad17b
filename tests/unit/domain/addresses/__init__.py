"""Addresses: of targets, of ourselves, and which are accepted."""
