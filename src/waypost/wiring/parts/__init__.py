"""The parts of programs, each opened from the settings."""
