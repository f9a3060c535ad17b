"""Programs that make requests, and what they measure."""
