"""Where the audit trail is kept."""
