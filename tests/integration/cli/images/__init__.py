"""Tests of commands that draw."""
