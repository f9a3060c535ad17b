"""URLs: which may be shortened, and how they are written."""
