"""What runs: one short file per operating-system process."""
