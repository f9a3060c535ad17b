"""Kafka: the bus that clicks travel on, and the letters that nobody could read."""
