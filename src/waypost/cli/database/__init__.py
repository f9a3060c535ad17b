"""Commands about a whole database and its data folder."""
