"""Domains in this process's memory."""
