"""The Faust application of payment: one consumer group, named after the service."""

from messaging.app import create_app

app = create_app("payment")
