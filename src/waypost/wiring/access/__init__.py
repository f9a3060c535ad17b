"""Keys and logins: what recognises them, and what is done without a server."""
