"""What fetching titles needs from outside."""
