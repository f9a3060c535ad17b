"""Calls that know no options of links."""
