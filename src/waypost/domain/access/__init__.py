"""Who may do what: keys, their scopes, and those who ask with them."""
