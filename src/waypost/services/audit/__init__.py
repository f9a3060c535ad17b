"""The audit trail: entries of changes, lists of them, and their files."""
