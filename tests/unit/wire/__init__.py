"""The formats of what leaves a process."""
