"""Who may call what, and the routes of keys."""
