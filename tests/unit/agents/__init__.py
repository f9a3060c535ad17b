"""User agents: clients, and machines."""
