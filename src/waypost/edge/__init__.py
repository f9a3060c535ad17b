"""Data plane: redirects in raw ASGI, without frameworks."""
