"""`waypost doctor`."""
