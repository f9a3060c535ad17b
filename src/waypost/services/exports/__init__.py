"""Clicks and links as tables that are taken away."""
