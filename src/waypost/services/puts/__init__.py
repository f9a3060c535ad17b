"""Links that are made as they shall be, or replaced."""
