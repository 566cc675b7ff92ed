"""What analytics hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from analytics.app import app
from analytics.handlers import handlers

# A window is written whole, and shown once a second: fewer and larger batches cost less.
agent = follow(app, handlers, linger_s=0.25)
