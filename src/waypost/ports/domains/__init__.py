"""What the product needs to keep domains."""
