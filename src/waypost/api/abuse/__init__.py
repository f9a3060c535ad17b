"""Complaints about links over HTTP."""
