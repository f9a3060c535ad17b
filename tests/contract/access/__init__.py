"""What stores of keys promise."""
