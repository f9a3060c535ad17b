"""Visits of links, as `contracts/visits` has them."""
