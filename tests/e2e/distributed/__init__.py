"""Several processes over real servers."""
