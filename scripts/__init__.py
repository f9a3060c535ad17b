"""Scripts for those who develop Waypost."""
