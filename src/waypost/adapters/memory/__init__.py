"""Backends that live in this process only and keep nothing."""
