"""What is needed: Protocols without logic. Backends live in `adapters/`."""
