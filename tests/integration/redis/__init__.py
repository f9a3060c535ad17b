"""Redis servers that are killed, restarted and frozen."""
