"""Requests that are sent again to a server that was killed."""
