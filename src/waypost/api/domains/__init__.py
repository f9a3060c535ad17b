"""Routes and bodies of domains."""
