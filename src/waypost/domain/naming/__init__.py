"""What links are called."""
