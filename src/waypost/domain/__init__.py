"""What is true: links, codes, targets, clicks, errors. Standard library only."""
