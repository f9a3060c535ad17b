"""What a user agent says: its text, the visitor's device, and machines."""
