"""What of links is shown."""
