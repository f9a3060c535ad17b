"""The click journal: append-only segments on this machine's disk."""
