"""Lists of links, on every store."""
