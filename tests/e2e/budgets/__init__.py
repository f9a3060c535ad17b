"""Links that let a number of people pass, over real processes."""
