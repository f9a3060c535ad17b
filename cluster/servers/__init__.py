"""Real servers as child processes: one file per product, one shared life cycle."""
