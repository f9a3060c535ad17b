"""The use cases of tags."""
