"""How a process runs: it listens, restarts children, ends at a signal."""
