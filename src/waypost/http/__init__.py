"""What every HTTP face of the product shares."""
