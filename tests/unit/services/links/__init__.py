"""The use cases of links."""
