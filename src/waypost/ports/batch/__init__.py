"""What leaves the product as whole tables and files."""
