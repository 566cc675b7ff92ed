"""What the notifier hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from notifier.app import app
from notifier.handlers import handlers

agent = follow(app, handlers)
