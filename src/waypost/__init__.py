"""Waypost: a URL shortener that never loses or double-counts a click."""

import gc

# A start makes some hundred thousand objects that stay: with Python's own thresholds,
# to look at them again and again for cyclic garbage is a sixth of it. Processes that
# serve set their own once they are ready.
gc.set_threshold(100_000, 20, 50)
