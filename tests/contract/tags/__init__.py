"""Tags, over every store."""
