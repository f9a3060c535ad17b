"""What requests need around what they do."""
