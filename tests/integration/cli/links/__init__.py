"""Commands about links and their tags."""
