"""The control plane, asked over ASGI like a server asks it."""
