"""Options of links in bodies."""
