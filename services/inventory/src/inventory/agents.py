"""What inventory hears: one Faust agent over the topics of every event that it handles."""

from messaging.app import follow

from inventory.app import app
from inventory.handlers import handlers

agent = follow(app, handlers)
