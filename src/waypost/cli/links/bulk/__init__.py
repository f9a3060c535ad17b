"""`waypost bulk`: a file of links."""
