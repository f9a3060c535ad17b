"""A member of the consumer group, and what its records say."""
