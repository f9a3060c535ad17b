"""Rules and variants of links, on the command line."""
