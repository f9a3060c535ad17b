"""Jobs over the backends of the settings."""
