"""Clicks beyond their counts: enriching and storing them."""
