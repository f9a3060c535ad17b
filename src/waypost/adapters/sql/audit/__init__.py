"""The audit trail in a SQL database."""
