"""Add, change and remove domains, and know them in every process."""
