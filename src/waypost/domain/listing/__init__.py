"""Lists of links: which ones, in which order, and where a page of them ends."""
