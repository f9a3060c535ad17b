"""The statements of each group of tables."""
