"""What the notifier hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from notifier.app import app
from notifier.handlers import handlers

# Nobody waits for a mail: fewer and larger batches leave the machine to those who are waited for.
agent = follow(app, handlers, linger_s=0.1)
