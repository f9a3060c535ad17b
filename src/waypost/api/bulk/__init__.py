"""Many links in one call: as a list, or as a stream of lines."""
