"""Logos of QR codes."""
