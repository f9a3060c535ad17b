"""The shared parts of the HTTP applications, each by itself."""
