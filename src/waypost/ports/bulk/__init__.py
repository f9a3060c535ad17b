"""What a store knows of calls about many links."""
