"""Tags as things of their own: what is said of them, and how they are renamed."""
