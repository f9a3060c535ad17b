"""Domains of a server: managed, visited, and with links of their own."""
