"""What commands do without a running server."""
