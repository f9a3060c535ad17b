"""Checks of what reports are made from."""
