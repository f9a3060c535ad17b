"""How fast many links are made at once."""
