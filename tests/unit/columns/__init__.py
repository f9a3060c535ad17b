"""The store of clicks as columns."""
