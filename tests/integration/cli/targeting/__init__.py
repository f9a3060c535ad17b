"""Rules and variants on the command line."""
