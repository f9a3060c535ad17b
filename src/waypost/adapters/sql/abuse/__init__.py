"""How far links were compared with blocklists, and reports of abuse."""
