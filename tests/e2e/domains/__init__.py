"""Several domains, over real processes."""
