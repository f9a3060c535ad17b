"""Periods, intervals and shares of reports, in the zone of their reader."""
