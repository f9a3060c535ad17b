"""The audit trail of a server: its files, and what is noted without a server."""
