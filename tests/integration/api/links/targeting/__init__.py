"""Rules and variants over HTTP."""
