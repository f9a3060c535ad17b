"""Requests whose values are judged together."""
