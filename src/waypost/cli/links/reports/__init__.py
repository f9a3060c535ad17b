"""Reports of a running server, drawn in a terminal."""
