"""The HTTP faces' shared parts, each by itself."""
