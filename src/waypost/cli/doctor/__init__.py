"""`waypost doctor`: checks, and how their results are shown."""
