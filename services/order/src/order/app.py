"""The Faust application of the order service: one consumer group, named after the service."""

from messaging.app import create_app

app = create_app("order")
