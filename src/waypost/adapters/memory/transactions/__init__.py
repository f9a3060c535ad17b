"""What a transaction in memory changes, and whose turn it is."""
