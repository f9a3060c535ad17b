"""Tags in this process's memory."""
