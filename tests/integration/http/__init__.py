"""What clients and proxies can do to a connection."""
