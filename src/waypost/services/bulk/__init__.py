"""Many changes of links at once."""
