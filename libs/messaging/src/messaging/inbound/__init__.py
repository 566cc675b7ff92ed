"""From Kafka to the commit: consume, drop duplicates, handle a batch in one transaction."""
