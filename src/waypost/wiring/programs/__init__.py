"""What each process runs, put together from parts."""
