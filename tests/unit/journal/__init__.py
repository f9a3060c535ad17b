"""Unit tests of the click journal, on real files."""
