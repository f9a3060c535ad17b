"""Invents links and clicks that look like those of real visitors, by a seed."""
