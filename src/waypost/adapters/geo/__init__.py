"""What is known of addresses: places, and networks of machines."""
