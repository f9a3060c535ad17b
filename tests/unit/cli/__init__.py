"""Unit tests of the command line's parts."""
