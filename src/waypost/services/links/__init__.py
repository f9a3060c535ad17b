"""Links: create, find, change, relay their events, keep the hot ones cached."""
