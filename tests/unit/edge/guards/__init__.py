"""Links that not every visitor passes."""
