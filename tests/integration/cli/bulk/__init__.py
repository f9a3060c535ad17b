"""`waypost bulk`."""
