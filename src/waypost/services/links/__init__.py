"""Links: create, find, change, publish their events, keep popular ones cached."""
