"""Routes of links, and the bodies that they read and answer."""
