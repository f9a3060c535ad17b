"""All options of links in combination."""
