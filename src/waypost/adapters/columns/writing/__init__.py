"""The writing side: clicks come in, become chunks, and days are sealed."""
