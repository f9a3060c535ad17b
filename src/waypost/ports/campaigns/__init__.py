"""What templates of campaigns need from outside."""
