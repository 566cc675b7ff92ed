"""The Faust application of payment: one consumer group, named after the service."""

from messaging import create_app

app = create_app("payment")
