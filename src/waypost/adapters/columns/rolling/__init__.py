"""Roll-ups: the numbers of a day or month, made once and read often."""
