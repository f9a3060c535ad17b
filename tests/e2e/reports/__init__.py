"""Reports of real servers."""
