"""Periods, intervals and shares of reports."""
