"""Counting over a real Kafka."""
