"""What each process runs, built from parts."""
