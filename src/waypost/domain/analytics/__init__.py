"""What is known of a click beyond its count, and what reports ask about clicks."""
