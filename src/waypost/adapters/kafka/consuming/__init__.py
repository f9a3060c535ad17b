"""A member of the consumer group, and the decoding of its records."""
