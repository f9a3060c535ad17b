"""Jobs over real databases, files and processes."""
