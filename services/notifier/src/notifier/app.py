"""The Faust application of the notifier: one consumer group, named after the service."""

from messaging.app import create_app

app = create_app("notifier")
