"""Metrics of what becomes of clicks for reports."""
