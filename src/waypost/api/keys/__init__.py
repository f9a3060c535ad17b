"""Routes of keys, and the bodies that they read and answer."""
