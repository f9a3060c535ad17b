"""Tags over HTTP."""
