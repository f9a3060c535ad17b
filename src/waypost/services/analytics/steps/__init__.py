"""The steps of enrichment: each finds one thing out about a click."""
