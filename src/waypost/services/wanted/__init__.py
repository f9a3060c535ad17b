"""What is to be done after requests, and is lost with the process."""
