"""What is wrong with the fields of a body, for problem documents."""
