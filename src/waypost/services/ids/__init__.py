"""Ids: lease blocks of them, turn them into codes, remember what was leased."""
