"""Waypost: a URL shortener that never loses or double-counts a click."""
