"""Places and networks of addresses."""
