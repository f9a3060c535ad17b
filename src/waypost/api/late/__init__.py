"""What the API makes when it is first needed, and not at its start."""
