"""Routes about the server itself, for admins."""
