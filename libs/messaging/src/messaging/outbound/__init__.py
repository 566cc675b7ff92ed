"""From the commit to Kafka: the outbox, its relay, and the producer."""
