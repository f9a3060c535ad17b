"""Parts that programs consist of, each opened from the settings."""
