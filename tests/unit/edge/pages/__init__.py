"""Tests of the pages about a link."""
