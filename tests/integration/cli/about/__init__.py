"""Tests of commands about the program itself."""
