"""The Faust application of shipping: one consumer group, named after the service."""

from messaging.app import create_app

app = create_app("shipping")
