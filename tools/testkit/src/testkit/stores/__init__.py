"""The Kafka and the PostgreSQL that tests run against: from packages, or in containers."""
