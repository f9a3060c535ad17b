"""Commands about clicks on their way to the count."""
