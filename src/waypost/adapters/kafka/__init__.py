"""Kafka: the bus for clicks, and the dead letters: records that cannot be read."""
