"""Backups as files, without a database."""
