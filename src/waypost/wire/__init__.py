"""What leaves the process: every format that another process or release reads."""
