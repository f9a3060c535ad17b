"""What abuse is stopped with, and how far the work is."""
