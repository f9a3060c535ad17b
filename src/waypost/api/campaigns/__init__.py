"""Templates of campaigns over HTTP."""
