"""Many links at once over HTTP."""
