"""What enriching, storing and asking about clicks costs."""
