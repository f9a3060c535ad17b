"""Unit tests of what runs."""
