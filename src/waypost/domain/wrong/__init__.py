"""What is wrong with single values of a request, and where they are."""
