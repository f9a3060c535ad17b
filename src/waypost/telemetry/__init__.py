"""How it is seen: logging, metrics, request ids."""
