"""Forms that visitors send to short links."""
