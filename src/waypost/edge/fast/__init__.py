"""The redirect without the ASGI application: answered inside the protocol."""
