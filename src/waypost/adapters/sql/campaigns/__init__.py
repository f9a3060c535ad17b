"""Templates of campaigns in a SQL database."""
