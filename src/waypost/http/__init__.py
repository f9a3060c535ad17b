"""What every HTTP face of the product shares: connections, and refusals on them."""
