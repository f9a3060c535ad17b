"""Links that are made as they shall be."""
