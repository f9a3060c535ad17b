"""Lists of links: their pages, and keeping them up to date."""
