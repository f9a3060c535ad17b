"""Commands that start processes or prepare their start."""
