"""Rules and variants of links."""
