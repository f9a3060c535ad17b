"""Commands that run jobs, and look after the clicks that are stored."""
