"""Jobs that were asked for."""
