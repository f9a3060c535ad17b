"""Leasing ids."""
