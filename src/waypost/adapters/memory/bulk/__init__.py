"""Calls about many links that may be sent again, in memory."""
