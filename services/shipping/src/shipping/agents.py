"""What shipping hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from shipping.app import app
from shipping.handlers import handlers

agent = follow(app, handlers)
