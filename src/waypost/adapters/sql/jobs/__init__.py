"""Jobs that were asked for, as rows."""
