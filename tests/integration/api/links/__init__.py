"""Routes of links."""
