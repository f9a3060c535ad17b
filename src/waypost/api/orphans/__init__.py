"""Routes about visits that belong to no link."""
