"""Blocklists and reports of abuse, over files and stores."""
