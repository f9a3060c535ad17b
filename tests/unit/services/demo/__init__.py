"""Tests of invented links and clicks."""
