"""What the Kafka adapters do without Kafka."""
