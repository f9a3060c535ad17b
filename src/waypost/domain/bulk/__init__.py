"""Many links at once."""
