"""What the order service hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from order.app import app
from order.handlers import handlers

agent = follow(app, handlers)
