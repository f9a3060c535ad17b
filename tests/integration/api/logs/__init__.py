"""What the log says of requests, and what it never says."""
