"""The way from one release to the next, while servers run."""
