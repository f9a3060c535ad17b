"""Several readers of one journal."""
