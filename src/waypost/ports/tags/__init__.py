"""What tags need from outside."""
