"""What payment hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from payment.app import app
from payment.handlers import handlers

agent = follow(app, handlers)
