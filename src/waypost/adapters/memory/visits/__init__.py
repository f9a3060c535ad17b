"""What visits need beside the links, in memory."""
