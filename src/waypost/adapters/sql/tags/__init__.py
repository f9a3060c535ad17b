"""Tags in a SQL database."""
