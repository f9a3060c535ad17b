"""Commands about keys, and logins."""
