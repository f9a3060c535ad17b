"""Commands about the program itself, and what leads to a browser."""
