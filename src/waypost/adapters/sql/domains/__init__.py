"""Domains as rows."""
