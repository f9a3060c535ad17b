"""Use cases of keys: recognising them, making and revoking them."""
