"""How it is done: one folder per technology, strangers to each other."""
