"""Keygen: Redis nodes, the service, its client, and the process."""
