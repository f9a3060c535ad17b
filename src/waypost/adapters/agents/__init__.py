"""What user agents say of their clients, and which of them are machines."""
