"""What the house promises its readers."""
