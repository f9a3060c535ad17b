"""Jobs, their tasks and their locks."""
