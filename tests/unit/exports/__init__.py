"""Tests of exports' columns and forms."""
