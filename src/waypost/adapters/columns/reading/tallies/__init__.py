"""What is summed up for each kind of question."""
