"""Data that moves as a whole: backups, and an embedded database that grows."""
