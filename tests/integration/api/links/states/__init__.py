"""Links that come back, and links that are in quarantine."""
