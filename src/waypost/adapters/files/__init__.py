"""Files that are complete or not there, and files that only grow."""
