"""Commands about templates of campaigns."""
