"""Data that is damaged, older than it was, or restored."""
